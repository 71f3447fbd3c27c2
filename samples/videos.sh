#!/bin/bash
# Makes real videos of the world that VA learns from: a run's truth.csv says which sound has which four frames, ffmpeg puts them together.
# Writes OUT/train/*.mp4, OUT/test/*.mp4, and their indexes OUT/train.jsonl and OUT/test.jsonl with the sounds' labels.
# Usage: samples/videos.sh RUN STORES AUDIO OUT
#   RUN     folder of a run with truth.csv (soundsearch train va-random ...)
#   STORES  its stores folder, for the unpacked pictures
#   AUDIO   folder of the sounds with manifest.csv
set -euo pipefail
[ $# -eq 4 ] || { sed -n 's/^# //p' "$0" >&2; exit 2; }
run=$1 unpacked=$2/unpacked audio=$3 out=$4
mkdir -p "$out/train" "$out/test"

picture() { # a name in the store of pictures to its file
    case $1 in
        tuxpaint-stamps/*) echo "$unpacked"/tuxpaint-stamps*/usr/share/tuxpaint/stamps/"${1#*/}" ;;
        emoji-datasource-*) echo "$unpacked/${1%%/*}"@*/package/img/*/64/"${1##*/}" ;;
        *) echo "$unpacked/${1%%/*}"@*/package/*/*/"${1##*/}" ;;
    esac
}

sound() {
    case $1 in
        tuxpaint-stamps/*) echo "$unpacked"/tuxpaint-stamps*/usr/share/tuxpaint/stamps/"${1#*/}" ;;
        *) echo "$audio/$1" ;;
    esac
}

label() { awk -F, -v path="$1" '$1 == path { print $3; exit }' "$audio/manifest.csv"; }

: > "$out/train.jsonl"
: > "$out/test.jsonl"
number=0 frames=()
tail -n +2 "$run/truth.csv" | sed -E 's/^([a-z]+),"(.*)",[0-9]+,"(.*)",(yes|no)$/\1\t\2\t\3/' | while IFS=$'\t' read -r part path frame; do
    frames+=("$(picture "$frame")")
    [ ${#frames[@]} -eq 4 ] || continue
    name=$part/$(printf %05d "$number").mp4
    number=$((number + 1))
    frames_of=("${frames[@]}") frames=()
    file=$(sound "$path")
    seconds=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$file" | awk '{ print ($1 > 10 ? 10 : $1 < 0.4 ? 0.4 : $1) }')
    quarter=$(awk "BEGIN { print $seconds / 4 }")
    # Pictures have all sizes: each is put on white, then one after the other for a quarter of the time; silence follows a shorter sound.
    inputs=() chain=""
    for f in 0 1 2 3; do
        inputs+=(-loop 1 -framerate 25 -t "$quarter" -i "${frames_of[f]}")
        chain+="color=white:96x96:rate=25:duration=$quarter[w$f];[$f:v]scale=96:96:force_original_aspect_ratio=decrease,format=rgba[p$f];[w$f][p$f]overlay=(W-w)/2:(H-h)/2,setsar=1[v$f];"
    done
    ffmpeg -nostdin -v error -y "${inputs[@]}" -i "$file" -filter_complex "${chain}[v0][v1][v2][v3]concat=n=4[v];[4:a]apad[a]" \
        -map '[v]' -map '[a]' -t "$seconds" -c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p -c:a aac -b:a 128k "$out/$name" || { echo "$path: left out" >&2; continue; }
    class=$(label "$path")
    echo "{\"clip\": \"$name\", \"labels\": [${class:+\"$class\"}]}" >> "$out/$part.jsonl"
done
