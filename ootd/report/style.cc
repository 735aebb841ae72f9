#include "ootd/report/sections.h"

namespace ootd {

// The swipe page's paper and ink. Contrast of all text is at least 4.5:1. --k0 .. --k11: labels; --k12: all others.
const char kPageStyle[] = R"css(
:root {
  --paper: #f5f1eb; --card: #fffdfa; --ink: #211e1b; --soft: #665e56; --line: #e2dad0;
  --accent: #2f5fbf; --good: #1d7a55; --bad: #bf3b2b; --warn: #8a5a00;
  --k0: #3b6fd4; --k1: #e07b1a; --k2: #2f9e5b; --k3: #cf3f4f; --k4: #8a5bc7; --k5: #159aa5; --k6: #c9a100;
  --k7: #e0679f; --k8: #8c5a3c; --k9: #7b8797; --k10: #7fa31c; --k11: #4b3fa8; --k12: #b5aca2;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  color: var(--ink); background: var(--paper);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #151311; --card: #211e1b; --ink: #f3eee7; --soft: #b1a79c; --line: #38332e;
    --accent: #8db1ff; --good: #5cc79a; --bad: #ff8a78; --warn: #f0c060;
    --k0: #7aa7ff; --k1: #ffab5c; --k2: #63cf8d; --k3: #ff7f88; --k4: #bd97f0; --k5: #54cbd4; --k6: #e8c84a;
    --k7: #ff9ec9; --k8: #c79474; --k9: #a3b0c0; --k10: #b4d654; --k11: #9a8ff5; --k12: #6d655d;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 40px 20px 80px; }
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; padding: 0; }
h1 { font: 600 2.1rem/1.15 ui-serif, "Iowan Old Style", Georgia, "Times New Roman", serif; letter-spacing: -.015em;
  overflow-wrap: anywhere; }
h2 { font: 600 1.35rem/1.2 ui-serif, "Iowan Old Style", Georgia, "Times New Roman", serif; margin-bottom: 14px; }
h3 { font-size: 1rem; margin: 18px 0 8px; }
p { max-width: 72ch; margin-bottom: 12px; }
small, .soft, .tick { color: var(--soft); }
small, .soft { font-size: .85rem; }
a { color: inherit; }
i { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .45em; flex: none; }
section > :last-child { margin-bottom: 0; }
svg { display: block; width: 100%; height: auto; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 10px 28px; margin: 22px 0 14px; }
.facts dt { font-size: .8rem; color: var(--soft); }
.facts dd { overflow-wrap: anywhere; font-size: .95rem; }
details { margin: 6px 0; }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; }
pre { overflow: auto; max-height: 26em; padding: 14px 16px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); font-size: .82rem; line-height: 1.45; }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 18px; }
nav a { padding: 4px 13px; border: 1px solid var(--line); border-radius: 16px; background: var(--card); font-size: .88rem;
  text-decoration: none; }
nav a:hover { border-color: var(--soft); }
section { margin-top: 22px; padding: 24px 26px 26px; border: 1px solid var(--line); border-radius: 16px;
  background: var(--card); }

.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; margin-bottom: 14px; }
.tiles div { padding: 14px 16px; border-radius: 12px; background: var(--paper); }
.tiles span, .tiles small { display: block; }
.tiles span { color: var(--soft); font-size: .9rem; }
.tiles b { font-size: 1.9rem; font-weight: 600; letter-spacing: -.02em; font-variant-numeric: tabular-nums; line-height: 1.25; }

.alarms { list-style: none; display: grid; gap: 8px; }
.alarms li { padding: 10px 14px; border-radius: 10px; background: var(--paper); border-left: 4px solid var(--soft); }
.alarms .error { border-color: var(--bad); } .alarms .error b { color: var(--bad); }
.alarms .warning { border-color: var(--warn); } .alarms .warning b { color: var(--warn); }

.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 30px; }
.pair.even { align-items: center; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; margin: 4px 0 2px; font-size: .9rem; }
.key { color: var(--soft); white-space: nowrap; }
.key i { width: 1.1em; height: .28em; border-radius: 2px; vertical-align: .25em; }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.faint { stroke-width: 1; opacity: .3; }
.area { fill-opacity: .28; stroke-width: 1.5; stroke-linejoin: round; }
line.best { stroke: var(--soft); stroke-dasharray: 3 4; }
circle.best { fill: var(--card); stroke: var(--accent); stroke-width: 2.5; }
.mark { fill: var(--ink); font-size: 12.5px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px;
  stroke-linejoin: round; }
.figure { margin-bottom: 2px; } .figure b { font-size: 1.5rem; font-weight: 600; }

.scroll, .wide { overflow-x: auto; }
.wide svg { min-width: 760px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 10px; }
.legend label { display: flex; align-items: center; padding: 2px 11px; border-radius: 14px; font-size: .88rem; cursor: pointer;
  border: 1px solid var(--line); }
.legend label:has(:checked) { border-color: var(--ink); }
.legend label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.legend input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.p { fill: var(--c); transition: opacity .15s; }
circle.p { fill-opacity: .85; }
.p .back { fill: var(--line); }
.p image { clip-path: inset(0 round 5px); }
.p .frame { fill: none; stroke: var(--c); stroke-width: 2.5; }

.strip { display: flex; gap: 10px; overflow-x: auto; padding: 10px 0 14px; }
.strip + .strip { border-top: 1px solid var(--line); }
.strip figure { flex: 1 0 84px; min-width: 0; }
.strip .query { flex-basis: 96px; margin-right: 14px; }
.shot { display: flex; align-items: center; justify-content: center; aspect-ratio: 3 / 4; border-radius: 9px; overflow: hidden;
  background: var(--paper); border: 3px solid var(--line); color: var(--soft); font-size: .75rem; }
.shot img { width: 100%; height: 100%; object-fit: cover; display: block; }
.right .shot { border-color: var(--good); } .right b { color: var(--good); }
.wrong .shot { border-color: var(--bad); } .wrong b { color: var(--bad); }
figcaption { font-size: .85rem; line-height: 1.35; margin-top: 5px; }
.strip b, .strip small { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.strip .query small { white-space: normal; }
.suspects { display: grid; grid-template-columns: repeat(auto-fill, minmax(120px, 1fr)); gap: 16px; }
.suspect small { overflow-wrap: anywhere; }

table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; font-size: .88rem; }
th { font-weight: 500; text-align: left; white-space: nowrap; }
.heat td { min-width: 34px; height: 30px; padding: 0 4px; text-align: center; border-radius: 5px;
  background: color-mix(in srgb, var(--accent) calc(var(--v) * 100%), var(--paper)); }
.heat td.full { color: var(--card); }
.heat td.own { outline: 1.5px solid var(--soft); outline-offset: -1px; }
.heat tbody th { padding-right: 10px; text-align: right; }
.heat thead th { vertical-align: bottom; color: var(--soft); font-size: .8rem; }
.heat thead span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9em; overflow: hidden; margin: 0 auto 4px;
  display: block; }
.measures { border-spacing: 0; min-width: 560px; width: 100%; margin-bottom: 10px; }
.measures th, .measures td { padding: 6px 12px; border-bottom: 1px solid var(--line); }
.measures td, .measures thead th + th { text-align: right; }
.measures thead th { color: var(--soft); font-size: .82rem; }
.measures .total th { font-weight: 600; }
.bar { background: linear-gradient(to right, color-mix(in srgb, var(--accent) 22%, transparent) calc(var(--v) * 100%), transparent 0)
  no-repeat center / calc(100% - 8px) 70%; }

.beside { display: flex; flex-wrap: wrap; gap: 20px 44px; align-items: start; }
.beside > .scroll { max-width: 100%; }
.mistakes { padding-left: 1.4em; margin: 0; line-height: 1.75; }

@media (max-width: 720px) {
  body { padding: 22px 12px 48px; }
  h1 { font-size: 1.6rem; }
  section { padding: 18px 14px; border-radius: 12px; }
  .pair { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .facts { grid-template-columns: 1fr 1fr; gap: 10px 16px; }
  .wide svg { min-width: 660px; }
  .measures { min-width: 0; font-size: .82rem; } .measures th, .measures td { padding: 6px 4px; }
  .tick { font-size: 14px; } .mark { font-size: 14px; }
}
@media print { section { break-inside: avoid; } }
)css";

}  // namespace ootd
