# with this machine's own role
by_cli() { aws s3 cp "s3://$bucket/$key" - --region "$region" --only-show-errors; }
by_python() { python3 -c "$python" "$bucket" "$key" "$region"; }
tried=''
for way in cli python; do
  how=absent
  case $way in
    cli) has aws && try cli ;;
    python) has python3 && try python ;;
  esac
  tried="$tried $way=$how"
done
links=''
for tool in curl wget python3; do if has $tool; then links=$links,$tool; fi; done
answer "stuck$tried links=${links#,}"
exit 1
