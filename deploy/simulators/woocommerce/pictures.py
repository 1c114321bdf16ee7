"""A picture for each product and variation, drawn from its id: a colour, a shape for its category, its initials."""

import colorsys
import hashlib
import html
import re

from simulators.woocommerce.php_json import Json

FOLDER = "wp-content/uploads/2026/11"
_WIDTH = 800
_FILE = re.compile(r"product-(\d+)-(\d+)\.svg")
_COLOURS = {
    "biały": "#e9e6dd",
    "błękit": "#7fb2d9",
    "czarny": "#2b2b2e",
    "czerwony": "#b23a3a",
    "ecru": "#d9ccb1",
    "écru": "#d9ccb1",
    "granat": "#27395f",
    "piaskowy": "#c9b183",
    "rdza": "#a5532b",
    "szary": "#8b8d91",
    "zieleń": "#3f6b4b",
    "śliwka": "#6b3a5e",
    "żółty": "#dcae2d",
}
_SHAPES = (
    '<rect x="230" y="210" width="340" height="340" rx="48"/>',
    '<circle cx="400" cy="380" r="185"/>',
    '<path d="M400 190 600 550H200Z"/>',
    '<path d="M270 220h260l70 90-60 50v190H260V360l-60-50Z"/>',
    '<path d="M260 250h240v70h40a55 55 0 0 1 0 150h-40a120 120 0 0 1-240 20Z"/>',
    '<path d="M215 300h230v-70l150 150-150 150v-70H215Z"/>',
    '<path d="M300 200h200v90l60 60v200H240V350l60-60Z"/>',
)


def image(of: int, number: int, name: str, alt: str, local: str, gmt: str) -> Json:
    """One entry of `images`, in the shape of wc/v3."""
    path = f"{FOLDER}/product-{of}-{number}.svg"
    return {
        "id": of * 10 + number + 1_000_000,
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "src": f"{{origin}}/{path}",
        "name": name,
        "alt": alt,
        "srcset": f"{{site}}/{path} {_WIDTH}w",
        "sizes": f"(max-width: {_WIDTH}px) 100vw, {_WIDTH}px",
        "thumbnail": f"{{origin}}/{path}",
    }


def images_of(document: Json, count: int) -> list[Json]:
    local, gmt = document["date_created"], document["date_created_gmt"]
    of, name = document["id"], html.unescape(document["name"])
    alts = [name, *(f"{name} – ujęcie {number + 1}" for number in range(1, count))]
    return [image(of, number, f"{document['slug'] or of}-{number}", alt, local, gmt) for number, alt in enumerate(alts)]


def named_in(path: str) -> tuple[int, int] | None:
    """(product id, number of the picture) that an address below the uploads folder names."""
    match = _FILE.fullmatch(path.rsplit("/", 1)[-1])
    return (int(match[1]), int(match[2])) if match else None


def draw(of: int, number: int, name: str, category: str, colour: str) -> bytes:
    seed = int.from_bytes(hashlib.sha256(f"{of}".encode()).digest()[:4], "big")
    background = _hex(seed % 360 / 360, 0.28, 0.90 - 0.05 * (number % 3))
    ink = _COLOURS.get(colour.casefold().split("/")[0].split(" ")[0]) or _hex((seed + 150) % 360 / 360, 0.52, 0.55)
    category_seed = int.from_bytes(hashlib.sha256(category.encode()).digest()[:4], "big")
    shape = _SHAPES[category_seed % len(_SHAPES)]
    words = re.findall(r"\w+", html.unescape(name))
    initials = html.escape("".join(word[0] for word in words[:2]).upper())
    turned = f"rotate({number * 12} 400 400)"
    title, label = html.escape(html.unescape(name)), html.escape(html.unescape(name)[:40])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" width="800" height="800" role="img">'
        f"<title>{title}</title>"
        f'<rect width="800" height="800" fill="{background}"/>'
        f'<g fill="{ink}" transform="{turned}">{shape}</g>'
        f'<g font-family="Georgia, serif" text-anchor="middle">'
        f'<text x="400" y="430" font-size="130" fill="#fff" fill-opacity=".92">{initials}</text>'
        f'<text x="400" y="690" font-size="34" fill="#3a3a3a">{label}</text></g></svg>'
    ).encode()


def _hex(hue: float, saturation: float, value: float) -> str:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
