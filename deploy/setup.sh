# Makes .venv in the current directory and installs Paper Round into it, unless that is done already.
# Sourced, from the top of the clone, by deploy/demo.sh and tests/run.sh; $1 is an extra such as dev, or nothing.

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
    done
    fail "Paper Round needs Python 3.11 or newer, and found none. On Debian: apt install python3 python3-venv"
}

make_venv() {
    if [ -x .venv/bin/python ] && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return
    fi
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --python '>=3.11' .venv || fail "uv could not make .venv: see above."
        return
    fi
    find_python
    if ! log=$("$python" -m venv .venv 2>&1); then
        rm -rf .venv
        case $log in
        *ensurepip*)
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            fail "Python's venv module is incomplete here. On Debian: apt install python$version-venv"
            ;;
        *) fail "Python could not make .venv: $(printf '%s\n' "$log" | tail -n 1)" ;;
        esac
    fi
}

install() {
    wanted=$1
    stamp=.venv/.installed-${wanted:-core}
    state="$(cksum <pyproject.toml) $PWD"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$state" ]; then
        return
    fi
    what=.${wanted:+[$wanted]}
    printf 'Setting up in .venv, once: about half a minute ...\n' >&2
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python .venv/bin/python -e "$what" || fail "The packages could not be installed: see above."
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -e "$what" ||
            fail "The packages could not be installed: see above."
    fi
    printf '%s\n' "$state" >"$stamp"
    printf '%s\n' "$state" >.venv/.installed-core
}

make_venv
install "${1:-}"
