# SPDX-License-Identifier: BSD-3-Clause
# docs.awk - takes the examples out of a document: programs into DIR/NAME.c, sessions into DIR/NN.session
#
# A man page marks each literal block by a comment before it: .\" example: program NAME, session, or text WHY. In the
# README, indented blocks: one with a main is the program that the line before it names; one that begins with "$ " is
# a session. What is wrong with the marks goes to stdout.
BEGIN { man = kind = block = "" }

function wrong(text) { print FILENAME ":" FNR ": " text }
function keep(    file) {
    if (kind == "program" && name != "")
        file = DIR "/" name ".c"
    else if (kind == "session")
        file = sprintf("%s/%02d.session", DIR, ++sessions)
    else
        return
    printf "%s", block > file
    close(file)
}

FNR == 1 { man = FILENAME ~ /\.[1-9]$/ }

man && /^\.\\" example: / {
    if (mark != "") wrong("the mark before this one has no block")
    mark = $3; name = $4; next
}
man && /^\.Bd -literal/ {
    if (mark !~ /^(program|session|text)$/ || (mark != "session" && name == "")) wrong("a literal block without a good mark")
    kind = mark; mark = ""; block = ""; inside = 1; next
}
man && inside && /^\.Ed/ {
    if (kind != "program" && block ~ /int main\(/) wrong("a main in what is no program")
    keep(); inside = 0; next
}
man && inside { gsub(/\\&/, ""); gsub(/\\e/, "\\"); block = block $0 "\n"; next }
man { next }

# the README
/^    / || (/^$/ && block != "") { block = block substr($0, 5) "\n"; next }
/^$/ { next }
{ finish(); said = $0 }
END {
    if (man && (inside || mark != "")) wrong("a block or a mark that does not end")
    if (!man) finish()
}
function finish() {
    if (block == "") return
    sub(/\n+$/, "\n", block)
    kind = ""; name = ""
    if (block ~ /int main\(/) {
        kind = "program"
        if (match(said, /[a-z_0-9]+\.c/)) name = substr(said, RSTART, RLENGTH - 2)
        else wrong("the line before a program names no file")
    } else if (block ~ /^\$ /) {
        kind = "session"
    }
    keep(); block = ""
}
