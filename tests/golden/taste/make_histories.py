"""Makes histories.json: 20 recorded histories of simulated people and what the study's Python twin folds them to.
  python3 make_histories.py RIGS/taste > histories.json      (numpy 2.4.6)
RIGS is the folder of rigs beside this project's design; its policies.Scout, with the change
detector of this program, is the twin. The vectors are made here: 420
unit vectors of 6 numbers round 6 centres in one cone. People like one of six clusters, and another after swipe 60;
half of them are folded with labels (the cluster), half without."""
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import policies
from sim import State, unit, DECK

rng = np.random.default_rng(20261130)
N, DIM, U, SWIPES = 420, 6, 20, 190
style = np.arange(N) % 6
centres = rng.normal(size=(6, DIM))
X = unit(centres[style] + .25 * rng.normal(size=(N, DIM)) + 2.5 * np.ones(DIM)).astype(np.float32)


class Twin(policies.Scout):
    """The study's winner with the detector of docs/taste.md in place of its z score."""
    def alphas(self, st):
        p, y = self.pred[:, :st.t].astype(float), st.y[:, :st.t] > 0
        for u in range(self.U):
            cut = 0
            for t in range(10, st.t + 1, 10):
                for w in (10, 20, 30):
                    if t < w + 10 or cut > t - w - 10: continue
                    before = slice(cut, t - w)
                    c = min(1, (y[u, before].sum() + 5) / (np.clip(p[u, before], .02, .98).sum() + 5))
                    same = np.clip(c * p[u, t - w:t], .02, .98)
                    few = np.minimum(.1, same)
                    if np.where(y[u, t - w:t], np.log(few / same), np.log((1 - few) / (1 - same))).sum() > 4:
                        cut = t - w
                        break
            self.cutat[u] = cut
        return policies.Scout.alphas(self, st)


class Catalog: pass
cat = Catalog()
cat.name, cat.X, cat.Rfull, cat.pca, cat.style, cat.N = "golden", X, X, X, style, N


class People: pass
people = People()
people.U, people.kind = U, "golden"


def histories(label):
    twin = Twin(zcut=0, win=10, cap=128, label=label, lload=.5 if label else 0.0, pool=60)
    st, random = State(U, N), np.random.default_rng(7)
    twin.start(cat, people, np.random.default_rng(8))
    out = []
    for deck in range(SWIPES // DECK + 1):
        if st.t:
            items, _, alphas, _ = twin.alphas(st)
            for u in range(U):
                if st.t == 10 * (u + 1) - (10 if u == 19 else 0) and (u % 2 == 0) == (label == 0):
                    n = items.shape[1]
                    probe = random.choice(N, 12, replace=False)
                    means = twin.m0 + alphas[u] @ twin.K[items[u][:, None], probe[None]]
                    out.append({"labels": bool(label), "looks": st.items[u, :st.t].tolist(), "likes": (st.y[u, :st.t] > 0).astype(int).tolist(),
                                "predicted": np.round(twin.pred[u, :st.t].astype(float), 7).tolist(), "changed_at": int(twin.cutat[u]),
                                "alphas": np.round(alphas[u].astype(float), 7).tolist(), "probe": probe.tolist(),
                                "means": np.round(means.astype(float), 7).tolist()})
        if st.t == SWIPES: break
        cards = twin.deal(st, DECK)
        for j in range(DECK):
            taste = (np.arange(U) + (3 if st.t >= 60 else 0)) % 6
            like = np.where(style[cards[:, j]] == taste, random.random(U) < .9, random.random(U) < .1)
            st.items[:, st.t + j], st.y[:, st.t + j] = cards[:, j], like
            st.seen[np.arange(U), cards[:, j]] = True
        st.t += DECK
    return out

all_of = histories(0) + histories(.2)
assert len(all_of) == 20 and sum(h["changed_at"] > 0 for h in all_of) >= 3, [h["changed_at"] for h in all_of]
print(json.dumps({"vectors": np.round(X.astype(float), 9).tolist(), "styles": style.tolist(), "histories": all_of}, separators=(",", ":")))
