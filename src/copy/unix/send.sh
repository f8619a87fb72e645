content | decode | receive
