import type { Candidate, Candidates } from './candidates.ts';

/** Where the cursor stands: behind which command, as its how many-th word, or behind an option that takes a value. */
const complete = `function __missions_candidates
  set -l at
  set -l option
  set -l n 0
  for word in (commandline -opc)[2..]
    if test -n "$option"
      set option
    else if string match -q -- '-*' $word
      __missions_at value $at $word >/dev/null; and set option $word
    else if test $n = 0; and __missions_at command $at $word >/dev/null
      set -a at $word
    else
      set n (math $n + 1)
    end
  end
  set -l found
  if test -n "$option"
    set found (__missions_at value $at $option)
  else if string match -q -- '-*' (commandline -ct)
    set found (__missions_at options $at)
  else
    set found (__missions_at words $at $n)
  end
  if test "$found" = @files
    __fish_complete_path (commandline -ct)
  else if test -n "$found"
    printf '%s\\n' $found
  end
end
complete -c missions -f -a '(__missions_candidates)'
`;

export function fishScript(places: ReadonlyMap<string, Candidates>): string {
  return `# Completion of missions for fish: missions completion fish > ~/.config/fish/completions/missions.fish
function __missions_at
  switch "$argv"
${[...places].map(placeCase).join('\n')}
    case '*'
      return 1
  end
end
${complete}`;
}

function placeCase([place, candidates]: readonly [string, Candidates]): string {
  const lines = candidates === 'files' ? ['@files'] : candidates.map(described);
  return `    case ${quoted(place)}\n      ${lines.length === 0 ? 'true' : `printf '%s\\n' ${lines.map(quoted).join(' ')}`}`;
}

/** In single quotes fish knows a backslash as an escape. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function described({ word, description }: Candidate): string {
  return description === '' ? word : `${word}\t${description}`;
}
