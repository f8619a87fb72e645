# What people write first: send, then ask every second. Usage: aws-cli.sh AWS INSTANCE COMMAND
aws=$1 instance=$2 command=$3
parameters=$(printf '{"commands":["%s"]}' "$(printf %s "$command" | sed 's/["\\]/\\&/g')")
id=$("$aws" ssm send-command --document-name AWS-RunShellScript --instance-ids "$instance" \
  --parameters "$parameters" --query Command.CommandId --output text) || exit 1
while sleep 1; do
  reply=$("$aws" ssm get-command-invocation --command-id "$id" --instance-id "$instance" \
    --query '[Status,ResponseCode,StandardOutputContent]' --output text) || continue
  read -r status code output <<<"$reply"
  case $status in
    Pending | InProgress | Delayed) ;;
    *) break ;;
  esac
done
echo "$output"
exit "$code"
