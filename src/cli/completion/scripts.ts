/** The shells that are completed for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/**
 * The program that a shell loads. It asks `isthmus complete` for each word: one line a proposal, the word and what it
 * means with a tab between; without proposals the shell completes names of files.
 */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `_isthmus() {
  local word line
  word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    [ -n "$line" ] && COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2>/dev/null)
}
complete -o default -o nosort -F _isthmus isthmus
`,
  zsh: `#compdef isthmus
_isthmus() {
  local line
  local -a found
  while IFS= read -r line; do
    [[ -n "$line" ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT-1]}" "\${words[CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe isthmus found
  else
    _files
  fi
}
compdef _isthmus isthmus
`,
  fish: `function __isthmus_complete
    set -l before (commandline -opc)
    set -l word (commandline -ct)
    set -l found ($before[1] complete -- $before[2..-1] "$word" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete -c isthmus -f -a '(__isthmus_complete)'
`,
};
