import type { Candidates } from './candidates.ts';
import { cases } from './shell-text.ts';

/** Where the cursor stands: behind which command, as its how many-th word, or behind an option that takes a value. */
const complete = `_missions() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at='' n=0 option='' i word found IFS=$'\\n'
  [[ $cur == '=' ]] && cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == '=' ]] && continue
    if [[ -n $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      _missions_at "value$at $word" >/dev/null && option=$word
    elif [[ $n == 0 ]] && _missions_at "command$at $word" >/dev/null; then
      at="$at $word"
    else
      n=$((n + 1))
    fi
  done
  if [[ -n $option ]]; then
    found=$(_missions_at "value$at $option")
  elif [[ $cur == -* ]]; then
    found=$(_missions_at "options$at")
  else
    found=$(_missions_at "words$at $n")
  fi
  if [[ $found == @files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$found" -- "$cur"))
  fi
}
complete -F _missions missions
`;

/** Bash from 3.2 on, as macOS has it: no associative arrays, `compopt` only where there is one. */
export function bashScript(places: ReadonlyMap<string, Candidates>): string {
  return `# Completion of missions for bash. In ~/.bashrc: eval "$(missions completion bash)"
_missions_at() {
  case "$1" in
${cases(places, ({ word }) => word)}
    *) return 1 ;;
  esac
}
${complete}`;
}
