"""Where the project's own code lies, and what is in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("brobygger", "bot", "broadcasts", "content", "core", "editor", "migrations")
LOCALES = ROOT / "bot" / "locales"
PHRASES = ROOT / "bot" / "phrases"
STARTER = ROOT / "content" / "library"
QUESTIONS = ROOT / "tests" / "questions"


def modules() -> Iterator[tuple[str, str]]:
    """Every module of the rooms: its path below the project, and its text."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")


def without_docstring(tree: ast.Module) -> Iterator[str]:
    """The public classes and functions of a module, and methods of classes that stand for themselves, without one."""
    for node in tree.body:
        if not _is_public(node):
            continue
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef) and not node.bases:
            promised = _promised_by_ports(tree)
            yield from (
                f"{node.name}.{method.name}"
                for method in node.body
                if _is_public(method) and not ast.get_docstring(method) and method.name not in promised
            )


def _is_public(node: ast.stmt) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(node, kinds) and not node.name.startswith("_")


def _promised_by_ports(tree: ast.Module) -> set[str]:
    """What a Protocol of the module promises: its versions need not say it again."""
    return {
        method.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases)
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    }
