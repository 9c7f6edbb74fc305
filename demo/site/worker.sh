# The site's worker: says now and then what it has done.
jobs=0
while sleep 5; do
  jobs=$((jobs + 1))
  echo "job $jobs done for ${SHOP_NAME:-a shop without a name}"
done
