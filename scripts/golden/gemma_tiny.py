"""A tiny tokenizer of Gemma's kind (SigLIP-2): SentencePiece BPE, bytes for unknown characters, no dummy prefix, identity
normaliser, ids pad 0, eos 1, bos 2, unk 3; as tokenizer.model, as tokenizer.json in the form that transformers gives
Gemma's, and cases.json with ids. All words are ours.

Run with: sentencepiece 0.2.3, tokenizers 0.23.3, transformers 5.23.0, protobuf 7.
    python scripts/golden/gemma_tiny.py tests/golden/gemma-tiny
Every case is encoded by both engines, which agree. The real file differs in size only: 256,000 pieces.
"""
import io
import itertools
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import sentencepiece
from tokenizers import normalizers
from transformers.convert_slow_tokenizer import GemmaConverter

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
words = """a the with for and in of women men unisex oversized slim fit wide leg high waisted cropped pleated quilted ribbed
red blue navy black white cream beige olive khaki denim leather corduroy cotton linen wool knit jacket coat blazer cardigan
hoodie sweater shirt blouse skirt dress jeans trousers shorts sneakers boots sandals scarf hat plaid striped floral grunge
retro vintage preppy minimal street casual chic gorpcore workwear romantic sporty classic summer winter autumn spring 2024
robe été fleurs größe niña платье 夏 ワンピース don't 90s""".split()
source = random.Random(7)
lines = [" ".join(source.choices(words, k=source.randint(2, 9))) for _ in range(4000)]
lines += ["  ".join(source.choices(words, k=3)) for _ in range(50)]
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=760, byte_fallback=True,
    add_dummy_prefix=False, remove_extra_whitespaces=False, normalization_rule_name="identity", split_digits=True,
    allow_whitespace_only_pieces=True, pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>",
    bos_piece="<bos>", user_defined_symbols=["<mask>", "\n\n", "\n\n\n", "\u2581\u2581", "\u2581\u2581\u2581", "<table>"],
    character_coverage=0.999, minloglevel=2)
(out / "tokenizer.model").write_bytes(model.getvalue())

names = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
slow = SimpleNamespace(vocab_file=str(out / "tokenizer.model"), add_prefix_space=False, all_special_tokens=list(names.values()),
                       additional_special_tokens=[], **names)
processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
GemmaConverter.SpmExtractor.sp = processor  # transformers 5.23 forgets to set it
fast = GemmaConverter(slow).converted()
fast.normalizer = normalizers.Sequence([normalizers.Lowercase(), fast.normalizer])
fast.save(str(out / "tokenizer.json"), pretty=False)
(out / "tokenizer_config.json").write_text(json.dumps({"add_bos_token": False, "add_eos_token": True, **names}) + "\n")

texts = """red plaid skirt, grunge
RED Plaid Skirt
a
oversized denim jacket for men and women in navy blue with cream corduroy collar
robe à fleurs, été 2024!
Größe 38 weiß
платье летнее
夏のワンピース
👗 dress 👠
don't look back
100% cotton_linen (90s)
snake_case <b>bold</b> <table> cell
<0x41> is no byte
minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal \
minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal \
minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal \
minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal minimal \
minimal minimal minimal minimal minimal""".split("\n")
texts += ["", " ", "  two   three    four     spaces", " leading and trailing ", "tab\there\t\ttwo", "line\nbreak\n\ntwo\n\n\nthree",
          "nul\x00byte", "no\u00a0break", "\ue000\ufffd"]
alphabet = words + ["  ", "\n", "x", "zq", "ü", "服", "😀", "7", ",", "-", "DENIM", "Été"]
texts += ["".join(itertools.chain.from_iterable((w, source.choice([" ", " ", " ", "", "-"])) for w in source.choices(alphabet, k=6)))
          for _ in range(60)]

cases = []
for text in texts:
    ids = processor.encode(text.lower())
    assert ids == fast.encode(text, add_special_tokens=False).ids, text
    assert fast.decode(ids) == text.lower() or "\x00" in text or "\ufffd" in text, text
    cases.append({"text": text, "ids": (ids[:63] + [1] + [0] * 63)[:64]})
(out / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
