#!/usr/bin/env python3
"""Checks what keeps the source tree readable: who may include whom, names, sizes, leftovers. Runs as a test.

The rooms under src/ stand in floors; a room may include itself, any room of a lower floor, and the rooms of its own
floor that stand before it.
"""
import pathlib
import re
import sys

FLOORS = [
    ["base", "runtime"],
    ["crypto", "sqlite", "postgres", "s3", "http", "redis"],
    ["audit", "rate_limits", "accounts", "mail", "sessions", "files"],
    ["verification", "registration", "login", "profile"],
    ["app"],
]
RANK = {room: rank for rank, room in enumerate(room for floor in FLOORS for room in floor)}
FEATURES = {room for floor in FLOORS[2:4] for room in floor}
ENGINES = {"sqlite": "sqlite", "postgres": "pg", "s3": "s3", "redis": "redis"}  # how the names of their adapters end
BANNED_WORDS = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|\.|$)")
BANNED_HEADERS = {"boost/asio.hpp", "boost/beast.hpp"}
OWNERS_OF_STANDARD_OUTPUT = {"main.cpp", "app.cpp"}  # the greeting, and the codes of the folder mailer
LONGEST_FILE = 400
LONGEST_LINE = 120

root = pathlib.Path(__file__).resolve().parent.parent
problems = []


def problem(path, line, text):
    problems.append(f"{path.relative_to(root)}:{line}: {text}")


def check_include(path, line_number, header, room):
    if header in BANNED_HEADERS:
        problem(path, line_number, f"<{header}> is banned: it is slow to compile or bypasses the log")
    used = header.split("/")[0]
    if used not in RANK or room not in RANK:
        return
    test = path.stem.endswith("_test")
    if RANK[used] > RANK[room]:
        problem(path, line_number, f"{room}/ may not include {used}/: it stands on a higher floor")
    if room in FEATURES and used == "http" and not ("_http" in path.stem or test):
        problem(path, line_number, "only *_http files of a feature may include http/")
    if room in FEATURES and used in ENGINES and not (f"_{ENGINES[used]}" in path.stem or test):
        problem(path, line_number, f"only *_{ENGINES[used]} files of a feature may include {used}/")
    engine = re.search(r"_(sqlite|pg|s3|redis)(_test)?\.(hpp|cpp)$", header)
    if engine and room != "app" and f"_{engine[1]}" not in path.stem and not test:
        problem(path, line_number, "only app/ and other adapters of the same engine may name an adapter")


def check_source(path, room):
    lines = path.read_text().splitlines()
    test = room == "tests" or path.stem.endswith("_test")
    formatted = True
    if len(lines) > LONGEST_FILE:
        problem(path, len(lines), f"over {LONGEST_FILE} lines: split it by subject")
    if path.suffix == ".hpp" and (not lines or lines[0] != "#pragma once"):
        problem(path, 1, "a header begins with #pragma once")
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#include [<"]([^>"]+)[>"]', line)
        if include:
            check_include(path, number, include[1], room)
        if "clang-format off" in line or "clang-format on" in line:
            formatted = "clang-format on" in line  # a table is as wide as it is
        if len(line) > LONGEST_LINE and formatted and not test:
            problem(path, number, f"over {LONGEST_LINE} columns")
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            problem(path, number, "a leftover: do it or describe it in an issue")
        if "asio::detached" in line and not test:
            problem(path, number, "a detached task belongs to nobody: start it through a TaskGroup")
        if re.search(r"\bstd::(cout|cerr)\b", line) and path.name not in OWNERS_OF_STANDARD_OUTPUT and not test:
            problem(path, number, "write to the log, or to standard output through one of its two owners")


for room in sorted(p.name for p in (root / "src").iterdir() if p.is_dir()):
    if room not in RANK:
        problems.append(f"src/{room}: no floor is given for it in tools/check_layout.py")
    for path in sorted((root / "src" / room).rglob("*")):
        if BANNED_WORDS.search(path.name):
            problem(path, 1, "this name says nothing about what is inside")
        if path.suffix in (".hpp", ".cpp"):
            check_source(path, room)
check_source(root / "src" / "main.cpp", "main")
for path in sorted((root / "tests").rglob("*.[hc]pp")):
    check_source(path, "tests")

print("\n".join(problems) if problems else "the layout is as ARCHITECTURE.md says")
sys.exit(1 if problems else 0)
