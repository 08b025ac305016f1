# Writes what zsh's line editor offers after a tab into the file `hits` of a folder: zsh -f complete.zsh <typed> <folder>
# It runs in a pseudo-terminal of another zsh: https://zsh.sourceforge.io/Doc/Release/Zsh-Modules.html#The-zsh_002fzpty-Module
zmodload zsh/zpty
zpty inner 'zsh -f -i'
read_until() {
  local chunk
  while zpty -r inner chunk "*$1*"; do [[ $chunk == *$1* ]] && break; done
}
# `compadd` gets every candidate; with -O, -A or -D it is asked which ones fit, and adds none.
zpty -w inner $'PS1=; fpath=('$2$' $fpath); autoload -Uz compinit; compinit -u -D; cd '$2$'; compadd() { [[ ${@[1,(i)(-|--)]} == *-[OAD]* ]] || { local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >>hits }; builtin compadd "$@" }; fin() { print -r -- fin""ished }; zle -N fin; bindkey "^X" fin; print -r -- rea""dy'
read_until ready
zpty -w -n inner "$1"$'\t\C-x'
read_until finished
zpty -d inner
