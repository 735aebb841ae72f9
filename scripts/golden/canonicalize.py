"""Texts as shops, feeds and phones write them, and what open_clip's `canonicalize` makes of them.

Run with: open_clip_torch 3.3.0, ftfy 6.3.1, torch 2.13.0 (CPU; only imported).
    python scripts/golden/canonicalize.py > tests/golden/canonicalize.json
The texts are ours. Each is taken as it is; those of BROKEN also as UTF-8 that was read as Windows-1252 or Latin-1, once
and twice.
"""
import importlib.util
import json
from pathlib import Path

import ftfy.bad_codecs  # noqa: F401  (the sloppy codecs, which know all 256 bytes)

# The module alone: the package would load torchvision too.
package = Path(importlib.util.find_spec("open_clip").origin).parent
spec = importlib.util.spec_from_file_location("tokenizer", package / "tokenizer.py")
tokenizer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tokenizer)

PLAIN = r"""
a hat
A Black_Leather JACKET, with   zips!!
red plaid skirt, grunge
women's high-waisted wide-leg jeans (blue)
Men’s slim fit chino – navy
“Vintage” 90s denim jacket… size M/L
‘boyfriend’ blazer — oversized
‹petite› «maxi» dress
T-shirt &amp; shorts
T-shirt &amp;amp; shorts
Levi&#39;s 501&reg; Original
Levi&#x27;s 501&trade; jeans
H&M basic tee
H&amp;M Divided
D&G silk scarf
Dolce &amp Gabbana
Marks &amp Spencer's wool coat &lt;new&gt;
<b>Sale</b> 50% off &amp; more
<p>caf&eacute; racer jacket</p>
caf&eacute; racer jacket
CAF&EACUTE; RACER
&frac12; zip fleece
&quot;mom&quot; jeans
A&nbsp;line&nbsp;skirt
price &lt; 20 &euro;
&copy 2024 Brand
&notanentity; shirt
&#8220;cool&#8221; tee
&#146;quoted&#148;
&#0;zero &#xD800; surrogate &#x110000; beyond
&#128;100 bag
R&B tour t-shirt; size=L&color=red
http://example.com/?a=1&copy=2&lt=3
100% cotton, 2-pack
size 38/40 EU | US 6
$49.99 was $99.99
€ 49,99 statt € 99,99
£20 tee
¥5,000 ｄｅｎｉｍ
½ price boots
H₂O repellent jacket
m² of fabric
20 °C wash
№ 5 perfume tee
™ ® © ℠
brand™ sneakers®
ﬁne-knit ﬂuffy sweater, oﬃce wear, aﬄuent, ﬀ, ﬆyle, ﬅ
ĳs ŉ ǆ Ǉ
ＦＵＬＬ width １２３
ｶﾞﾗｽ ﾋﾞｰｽﾞ
ｗｏｍｅｎ＇ｓ　ｄｒｅｓｓ！
全角スペース　ワンピース
ワンピース レディース 秋冬
花柄 ロング スカート
卫衣 女 秋冬 加绒
连衣裙，夏季新款
원피스 여성 봄 신상
맨투맨 오버핏
플리츠 스커트
платье женское летнее
Джинсы «бойфренды»
ПАЛЬТО ШЕРСТЯНОЕ
φόρεμα μακρύ
ΜΑΚΡΥΣ ΦΟΡΕΜΑΤΟΣ
ΣΙΓΜΑ, ΟΔΟΣ. ΟΔΌΣ'Σ
שמלה ארוכה
فستان طويل
ชุดเดรสยาว
áo dài Việt Nam
đầm maxi hoa
robe à fleurs
manteau en laine, été 2024
robe « bohème » à pois
chemise d’été
déjà vu…
Kleid für Mädchen
weiße Größe Übergröße
STRASSENSCHUHE & HÜTE
müller’s hose
vestido de niña
pantalón de algodón
camisón señora ¡oferta!
¿qué talla?
calção de banho
CALÇÃO DE BANHO SÃO PAULO
coração roupão
maglione più caldo
perché no
jurk voor meisjes
trøje til kvinder
BLÅ KJOLE
fröken klänning
sukienka łódź
ŻÓŁTA SUKIENKA
šaty dámské
kabát čierny
elbise kadın
İSTANBUL elbise
IŞIK ilkbahar
rochie de vară
haljina ženska
naïve façade
Beyoncé × adidas
Comme des Garçons
Chloé Hervé Léger Hermès Céline
Señor Frog's
Björk-style dress
Stüssy hoodie
Häagen-Dazs tee
CAFÉ® CAFÉ™ CAFÉ’S CAFÉ…
ÉTÉ» «ÉTÉ»
été…”
“à l’été…”
Ä“ and É—
cafe\u0301 na\u0308ive
A\u030angstro\u0308m
e\u0323\u0302 combining order e\u0302\u0323
한글
Ω Å K
😀 dress
👗👠 outfit of the day
👩🏽‍🦱 curly
🇰🇷 k-fashion
✨ sparkle ✨ skirt
❤️ love
#ootd #fashion @brand
hello_world__test_
snake_case_name
___
!!!
-
...
tab\tseparated\tvalues
line one\nline two
windows\r\nline
old mac\rline
vertical\x0btab
form\x0cfeed
next\x85line
line\u2028separator\u2029paragraph
zero\u200bwidth\u200djoiner
soft\u00adhyphen
no\u00a0break\u202fspaces\u2009here
\ufeffbyte order mark
\u200eleft-to-right\u200f
nul\x00byte
bell\x07 escape\x1b[31mred\x1b[0m
\x1c\x1d\x1e\x1f separators
del\x7fete
\x93smart\x94 \x91quotes\x92 \x96 \x97 \x85
caf\xe9 \x80 100
\ufffd replacement \ufffd
private \ue000 use
  leading and trailing  
mid · dot • bullet
arrow → right ⇒ double
≤ 100 ≥ 50 ≠
1⁄2 ⅓ ¾
x² y³ ⁴
prime ′ ″
dash ‐ ‑ ‒ – — ― −
quotes ‚ „ ‟ ‛ ❝ ❞ 〝
ʼ modifier ʻokina
´acute` grave¨
¡¿§¶†‡
① ② ㈱ ㎏ ㍿
Ⅷ ⅷ
ℋ 𝒞 𝔘 𝕬 𝐛𝐨𝐥𝐝
ᴬᴮ ᵃ
ﬁ ﬂ
minimal minimal minimal minimal
oversized denim jacket for men and women in navy blue with cream corduroy collar
voilÃ  le look
Ã  la mode
lâ€™Ã©tÃ©
100Â cotton
Â£20 Â©2024 Â® Â½
a Â b
robe Ã\xa0 fleurs et cafÃ© cr\xe8me
Nike â„¢
â€œquotedâ€\x9d text
donâ€™t
&acirc;&euro;&trade;
ÃƒÂ©tÃƒÂ©
ÃƒÂ¼ber
""".strip("\n").split("\n")

BROKEN = r"""
robe d’été à fleurs
café crème – taille 38…
“mom” jeans
women’s “boho” dress — XL
Größe Übergröße weiß
Mädchen Kleid
vestido de niña señora
¡oferta! ¿talla?
calção São Paulo coração
più caldo perché
blå kjole trøje
klänning fröken
платье женское
φόρεμα μακρύ
sukienka łódź żółta
šaty dámské
elbise kadın ışık
rochie de vară
shirt™ brand® ©2024
£20 €30 ¥500
½ zip 20 °C
naïve façade Beyoncé
CAFÉ ÉCOLE ÀÉÎ
ÑANDÚ ÇA
😀 dress 👗
❤️ love ✨
ワンピース 秋冬
连衣裙 夏季
원피스 여성
שמלה ארוכה
فستان طويل
đầm maxi áo dài
A\u00a0line skirt
« bohème » à pois
x² • · bullet
ﬁne knit
""".strip("\n").split("\n")


def unescape(line):
    return line.encode("latin-1", "backslashreplace").decode("unicode_escape")


texts = [unescape(line) for line in PLAIN] + [""]
for line in BROKEN:
    text = unescape(line)
    for codec in ("sloppy-windows-1252", "latin-1"):
        once = text.encode("utf-8").decode(codec)
        texts += [once, once.encode("utf-8").decode(codec)]
print("[")
print(",\n".join(json.dumps({"text": text, "canonical": tokenizer._clean_canonicalize(text)}) for text in texts))
print("]")
