"""Polish in searches. Engine-neutral: documents and queries are analysed here, engines compare folded terms.

Analysis(lexicon)                       search/polish/analysis.py
    .terms(texts, forms=False)          a document's texts -> Analysed
    .head(title)                        the lemmas of what a title is about
    .read(text, vocabulary, prefix=…)   a query's text -> Reading (search/polish/reading.py)
    .spans(title, reading)              the characters of a title that a query found

Vocabulary(settings)                    search/polish/vocabulary.py: synonyms and stop words, prepared
code_of(text)                           search/polish/codes.py: a SKU or GTIN as it is compared
PolishLexicon()                         search/polish/lexicon.py: Morfeusz, cached
NoLexicon()                             the same analysis without inflection: other languages, and to see what the lexicon gives
"""
