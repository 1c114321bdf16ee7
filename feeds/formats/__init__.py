"""Every format by name. `FORMATS["google-rss"](definition, title)` makes one, ready to write items down."""

from collections.abc import Mapping

from feeds.formats import meta
from feeds.formats.allegro_fields import allegro_jsonl
from feeds.formats.allegro_table import allegro_csv
from feeds.formats.ceneo import ceneo_xml
from feeds.formats.google import google_rss, google_tsv
from feeds.formats.pinterest import pinterest_csv, pinterest_rss, pinterest_tsv
from feeds.formats.tiktok import tiktok_csv, tiktok_update_csv, tiktok_xml
from feeds.port import MakeFormat

_META_SYNTAXES = (("csv", meta.csv), ("tsv", meta.tsv), ("rss", meta.rss))

FORMATS: Mapping[str, MakeFormat] = {
    **{f"meta-{ending}": meta.full(ending, write) for ending, write in _META_SYNTAXES},
    **{f"meta-update-{ending}": meta.update(ending, write) for ending, write in _META_SYNTAXES},
    **{f"meta-country-{ending}": meta.country(ending, write) for ending, write in _META_SYNTAXES},
    **{f"meta-language-{ending}": meta.language(ending, write) for ending, write in _META_SYNTAXES},
    "google-rss": google_rss,
    "google-tsv": google_tsv,
    "tiktok-csv": tiktok_csv,
    "tiktok-xml": tiktok_xml,
    "tiktok-update-csv": tiktok_update_csv,
    "pinterest-tsv": pinterest_tsv,
    "pinterest-csv": pinterest_csv,
    "pinterest-rss": pinterest_rss,
    "ceneo-xml": ceneo_xml,
    "allegro-jsonl": allegro_jsonl,
    "allegro-csv": allegro_csv,
}
