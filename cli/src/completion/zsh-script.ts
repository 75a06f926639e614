import type { Candidate, Candidates } from './candidates.ts';
import { cases } from './shell-text.ts';

/** Where the cursor stands: behind which command, as its how many-th word, or behind an option that takes a value. */
const complete = `_missions() {
  local at='' option='' word found
  local -i n=0 i
  local -a candidates
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    if [[ -n $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      _missions_at "value$at $word" >/dev/null && option=$word
    elif ((n == 0)) && _missions_at "command$at $word" >/dev/null; then
      at="$at $word"
    else
      n=$((n + 1))
    fi
  done
  if [[ -n $option ]]; then
    found=$(_missions_at "value$at $option")
  elif [[ \${words[CURRENT]} == -* ]]; then
    found=$(_missions_at "options$at")
  else
    found=$(_missions_at "words$at $n")
  fi
  if [[ $found == @files ]]; then
    _files
  elif [[ -n $found ]]; then
    candidates=("\${(@f)found}")
    _describe missions candidates
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _missions "$@"
else
  compdef _missions missions
fi
`;

export function zshScript(places: ReadonlyMap<string, Candidates>): string {
  return `#compdef missions
# Completion of missions for zsh. In ~/.zshrc, after compinit: eval "$(missions completion zsh)"
_missions_at() {
  case "$1" in
${cases(places, described)}
    *) return 1 ;;
  esac
}
${complete}`;
}

/** As `_describe` reads it: a colon ends the word. */
function described({ word, description }: Candidate): string {
  const name = word.replaceAll(':', '\\:');
  return description === '' ? name : `${name}:${description}`;
}
