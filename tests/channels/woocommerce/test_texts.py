import pytest

from channels.woocommerce.mapping.texts import decoded, plain, safe_html, titled


@pytest.mark.parametrize(
    ("html", "safe", "text"),
    [
        ("", "", ""),
        ("Zwykły tekst", "Zwykły tekst", "Zwykły tekst"),
        ("<p>Raz<br />dwa</p><p>trzy&nbsp;&amp; cztery</p>", "<p>Raz<br>dwa</p><p>trzy&nbsp;&amp; cztery</p>", "Raz\ndwa\ntrzy & cztery"),
        ("a<script>alert(1)</script>b<style>p{}</style>", "ab", "ab"),
        ('<a href="javascript:x()" onclick="x()">klik</a>', '<a rel="noopener noreferrer">klik</a>', "klik"),
        ('<iframe src="https://film.example">film</iframe>po', "po", "po"),
        ("<form><input value=x>zostaje</form>", "zostaje", "zostaje"),
        ('<p class="x" style="color:red" id="y">p</p>', "<p>p</p>", "p"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>", "a b"),
        ("<!-- wp:paragraph --><p>Blok</p>", "<p>Blok</p>", "Blok"),
        ("5 &lt; 7 &gt; 3", "5 &lt; 7 &gt; 3", "5 < 7 > 3"),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<p>niezamknięty <b>tekst", "<p>niezamknięty <b>tekst</b></p>", "niezamknięty tekst"),
    ],
)
def test_descriptions(html: str, safe: str, text: str):
    assert (safe_html(html), plain(safe_html(html))) == (safe, text)


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("O'Hara &amp; Synowie", "O'Hara & Synowie", "O'Hara & Synowie"),
        ("<b>XXL</b> &#8211; 5 < 7", "<b>XXL</b> – 5 < 7", "XXL – 5 < 7"),
        (None, "", ""),
        (False, "", ""),
        (104, "104", "104"),
    ],
)
def test_names_and_titles(text: object, name: str, title: str):
    assert (decoded(text), titled(text)) == (name, title)
