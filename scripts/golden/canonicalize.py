"""Texts as shops, feeds and phones write them, and what open_clip's `canonicalize` makes of them.

Run with: open_clip_torch 3.3.0, ftfy 6.3.1, torch 2.13.0 (CPU; only imported).
    python scripts/golden/canonicalize.py > tests/golden/canonicalize.json
The texts are ours. None holds what ootd does not mend, as ootd/text/clean_text.h says: text that was read in the wrong
encoding, HTML's character references and C1 controls, and a terminal's colours.
"""
import importlib.util
import json
from pathlib import Path

# The module alone: the package would load torchvision too.
package = Path(importlib.util.find_spec("open_clip").origin).parent
spec = importlib.util.spec_from_file_location("tokenizer", package / "tokenizer.py")
tokenizer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tokenizer)

TEXTS = r"""
a hat
A Black_Leather JACKET, with   zips!!
red plaid skirt, grunge
women's high-waisted wide-leg jeans (blue)
Men’s slim fit chino – navy
“Vintage” 90s denim jacket… size M/L
‘boyfriend’ blazer — oversized
‹petite› «maxi» dress
H&M basic tee
D&G silk scarf
R&B tour t-shirt; size=L&color=red
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
line\u2028separator\u2029paragraph
zero\u200bwidth\u200djoiner
soft\u00adhyphen
no\u00a0break\u202fspaces\u2009here
\ufeffbyte order mark
\u200eleft-to-right\u200f
nul\x00byte
\x1c\x1d\x1e\x1f separators
del\x7fete
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
100Â cotton
Nike â„¢
""".strip("\n").split("\n")


def unescape(line):
    return line.encode("latin-1", "backslashreplace").decode("unicode_escape")


texts = [unescape(line) for line in TEXTS] + [""]
print("[")
print(",\n".join(json.dumps({"text": text, "canonical": tokenizer._clean_canonicalize(text)}) for text in texts))
print("]")
