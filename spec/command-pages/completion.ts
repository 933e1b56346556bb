import { type DeclaredOption, isFile } from './declared-option.js';

/** Returns the completion of a command's options for bash. */
export function bashCompletion(name: string, options: readonly DeclaredOption[]): string {
  const routine = `_${name.replaceAll('-', '_')}`;
  const cases = options.flatMap((option) => {
    const { names, argument, optional, choices } = option;
    if (argument === undefined || optional) return [];
    const values = choices === undefined ? '' : ` COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur"))`;
    const files = isFile(option) ? ' compopt -o default' : '';
    return [`    ${names.join(' | ')})${values || files}${values || files ? ';' : ''} return ;;\n`];
  });
  return `# bash completion of ${name}, made by npm run docs

${routine}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # In --option=value, the sign is a word.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = && COMP_CWORD -gt 1 ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $prev in
${cases.join('')}  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W '${options.flatMap(({ names }) => names).join(' ')}' -- "$cur"))
  fi
}

complete -F ${routine} ${name}
`;
}

/** Returns the completion of a command's options for zsh. */
export function zshCompletion(name: string, options: readonly DeclaredOption[], repeated: readonly string[]): string {
  const specifications = options.map((option) => {
    const { names, help, conflicts } = option;
    const excluded = [...new Set([...(names.length > 1 ? names : []), ...conflicts])].join(' ');
    const text = `[${help.replaceAll(/[\\[\]:]/g, '\\$&')}]${actionOf(option)}`;
    const prefix = repeated.includes(names.at(-1) ?? '') ? '*' : excluded === '' ? '' : `(${excluded})`;
    const spelled = names.map((each) => (option.argument === undefined || option.optional ? each : `${each}=`));
    if (spelled.length === 1) return quoted(`${prefix}${spelled[0]}${text}`);
    return `${quoted(prefix)}{${spelled.join(',')}}${quoted(text)}`;
  });
  return `#compdef ${name}
# zsh completion of ${name}, made by npm run docs

_${name}() {
  _arguments -S : \\
${[...specifications, quoted('*: :_files')].map((each) => `    ${each}`).join(' \\\n')}
}

if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function actionOf(option: DeclaredOption): string {
  const { argument, optional, choices } = option;
  if (argument === undefined) return '';
  const message = argument.replaceAll(/[\\[\]:<>]/g, '');
  const action = choices === undefined ? (isFile(option) ? '_files' : ' ') : `(${choices.join(' ')})`;
  return `${optional ? '::' : ':'}${message}:${action}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
