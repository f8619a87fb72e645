# with this machine's own role
by_cli() { aws s3 cp "s3://$bucket/$key" - --region "$region" --only-show-errors; }
tried=''
for way in cli python; do
  how=absent
  case $way in
    cli) has aws && try by_cli && break ;;
    python) has python3 && try by_python && break ;;
  esac
  tried="$tried $way=$how"
done
if [ "$how" != fetched ]; then
  links=''
  for tool in curl wget python3; do if has $tool; then links=$links,$tool; fi; done
  answer "stuck$tried links=${links#,}"
  exit 1
fi
kill "$watch"
