import type { Command } from "../command.ts";
import { listChoices, listFlags, listValueFlags, listValues, program } from "./list-words.ts";
import type { shells } from "./shells.ts";

/** The script of a shell, made of the tables of commands and flags: it calls nothing of this program. */
export function writeCompletion(shell: (typeof shells)[number], commands: readonly Command[]): string {
  switch (shell) {
    case "bash":
      return writeBash(commands);
    case "zsh":
      return writeZsh(commands);
    case "fish":
    default:
      return writeFish(commands);
  }
}

/** Cases that bash and zsh have in common: the values of a flag, the first words and the flags of each command. */
function writeCases(commands: readonly Command[], files: string): string {
  const values = commands.flatMap((command) =>
    listValues(command).map(({ pattern, words }) => {
      const patterns = pattern.split("|").map((spelling) => `"${command.name} ${spelling}"`);
      return `    ${patterns.join("|")}) ${words === "files" ? files : `candidates="${words.join(" ")}"`} ;;`;
    }),
  );
  const own = commands.map((command) => {
    const flags = listFlags(command).map(({ spelling }) => spelling);
    const choices = listChoices(command, commands);
    return `    ${command.name}) flags="${flags.join(" ")}" words="${choices.join(" ")}" ;;`;
  });
  return `  local candidates= flags= words=
  # The value of a flag.
  case "\${command:-${commands[0]?.name ?? ""}} $previous" in
${values.join("\n")}
  esac
  # The flags of the command, and its first word.
  case "\${command:-${commands[0]?.name ?? ""}}" in
${own.join("\n")}
  esac`;
}

/** The loop that finds the command: the first word that is neither a flag nor the value of one. */
function writeLoop(commands: readonly Command[], array: string, first: number, end: string): string {
  return `  local values=" ${listValueFlags(commands).join(" ")} "
  local command= count=0 i word
  for ((i = ${first}; i < ${end}; i++)); do
    word=\${${array}[i]}
    case $word in
      -*) [[ $values == *" $word "* ]] && ((i++)) ;;
      *) if [[ -z $command ]]; then command=$word; else ((count++)); fi ;;
    esac
  done`;
}

/** https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion-Builtins.html */
function writeBash(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completions of ${program} for bash: source <(${program} completion bash)
_${program}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  # Bash separates --flag=value into three words.
  local given=() part
  for part in "\${COMP_WORDS[@]:0:COMP_CWORD}"; do [[ $part == "=" ]] || given+=("$part"); done
  if [[ $current == "=" ]]; then current=; elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
${writeLoop(commands, "given", 1, "${#given[@]}")}
${writeCases(commands, 'COMPREPLY=($(compgen -f -- "$current")); return')}
  if [[ -z $candidates ]]; then
    if [[ $values == *" $previous "* ]]; then return
    elif [[ $current == -* ]]; then candidates=$flags
    elif [[ -z $command ]]; then candidates="${names}"
    elif ((count == 0)) && [[ -n $words ]]; then candidates=$words
    else COMPREPLY=($(compgen -f -- "$current")); return
    fi
  fi
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -F _${program} ${program}
`;
}

/** https://zsh.sourceforge.io/Doc/Release/Completion-Widgets.html */
function writeZsh(commands: readonly Command[]): string {
  const described = commands.map(
    ({ name, summary }) => `'${`${name}:${summary.replaceAll(":", "\\:")}`.replaceAll("'", "’")}'`,
  );
  return `#compdef ${program}
# Completions of ${program} for zsh: ${program} completion zsh > a folder of $fpath, in a file called _${program}
_${program}() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a given=("\${(@)words[1,CURRENT-1]}")
  if [[ $current == --*=* ]]; then
    previous=\${current%%=*}
    compset -P '*='
  fi
${writeLoop(commands, "given", 2, "${#given} + 1")}
${writeCases(commands, "_files; return")
  .replace(/words=$/m, "choices=")
  .replaceAll(' words="', ' choices="')}
  if [[ -n $candidates ]]; then compadd -- \${=candidates}
  elif [[ $values == *" $previous "* ]]; then return 1
  elif [[ $current == -* ]]; then compadd -- \${=flags}
  elif [[ -z $command ]]; then
    local -a commands=(
      ${described.join("\n      ")}
    )
    _describe command commands
  elif ((count == 0)) && [[ -n $choices ]]; then compadd -- \${=choices}
  else _files
  fi
}
if [[ $funcstack[1] == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

/** https://fishshell.com/docs/current/cmds/complete.html */
function writeFish(commands: readonly Command[]): string {
  const complete = (...parts: readonly string[]) => ["complete", "-c", program, ...parts].join(" ");
  const lines = commands.flatMap((command) => {
    // Without a command the flags of the first one count.
    const when = ["-n", `"__${program}_is ${command.name}${command === commands[0] ? " ''" : ""}"`];
    const choices = listChoices(command, commands);
    return [
      complete("-f", "-n", `"__${program}_is ''"`, "-a", command.name, "-d", quoteSingle(command.summary)),
      ...(choices.length === 0 ? [] : [complete("-f", ...when, "-a", quoteSingle(choices.join(" ")))]),
      ...listFlags(command).map(({ name, flag }) => {
        const { short, type, words, isPath, help } = flag;
        const value = type === "boolean" ? [] : isPath === true ? ["-r", "-F"] : ["-x"];
        const offered = words === undefined ? [] : ["-a", quoteSingle(words.join(" "))];
        const letter = short === undefined ? [] : ["-s", short];
        return complete(...when, ...letter, "-l", name, ...value, ...offered, "-d", quoteSingle(help));
      }),
    ];
  });
  return `# Completions of ${program} for fish: ${program} completion fish | source
# The first word that is neither a flag nor the value of one.
function __${program}_command
  set -l values ${listValueFlags(commands).join(" ")}
  set -l is_value 0
  for word in (commandline -opc)[2..-1]
    if test $is_value = 1
      set is_value 0
    else if string match -q -- '-*' $word
      contains -- $word $values; and set is_value 1
    else
      echo $word
      return
    end
  end
end
function __${program}_is
  set -l command (__${program}_command)
  contains -- "$command" $argv
end
${lines.join("\n")}
`;
}

/** A text in single quotes of fish. */
function quoteSingle(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "’")}'`;
}
