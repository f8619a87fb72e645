download(sys.stdin.readline().strip())
