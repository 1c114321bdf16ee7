import pytest

from search.polish.analysis import Analysis
from search.polish.lexicon import PolishLexicon


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    return Analysis(PolishLexicon())
