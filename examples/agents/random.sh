#!/bin/sh
# An agent that draws each action uniformly, with the numbers that it is given: same seed, same episodes.
export LC_ALL=C

IFS= read -r hello
n=$(printf '%s\n' "$hello" | sed 's/.*"actions":\[\([^]]*\)\].*/\1/' | tr ',' '\n' | wc -l)
echo '{"type":"hello","protocol":1,"observations":"bits","name":"random.sh"}'

while IFS= read -r message; do
    case $message in *'"type":"bye"'*) break ;; esac
    # A row a line; what stands behind "random": times the number of actions, rounded down.
    actions=$(printf '%s\n' "$message" | tr '{' '\n' |
        awk -F '"random":' -v n="$n" 'NF > 1 { printf "%s%d", comma, $2 * n; comma = "," }')
    echo "{\"type\":\"actions\",\"actions\":[$actions]}"
done
