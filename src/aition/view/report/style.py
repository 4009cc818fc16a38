"""The looks of a report: light or dark as the reader's system is, for phones, wide screens and paper."""

STYLE = """
:root{--paper:#fbfcfd;--card:#fff;--ink:#1b2733;--muted:#56636f;--rule:#d6dde3;--accent:#4f3a86;--band:#f1eef8;
--good:#13653f;--good-band:#e6f4ec;--open:#7a5200;--open-band:#fdf3dc;--bad:#9b1c1c;--bad-band:#fdeaea;--code:#f3f5f7}
@media (prefers-color-scheme:dark){:root{--paper:#10161c;--card:#182029;--ink:#e8edf2;--muted:#a3b0bc;--rule:#33404c;
--accent:#b9a5ee;--band:#1d1a2c;--good:#7fd6a6;--good-band:#12291e;--open:#f0c66a;--open-band:#2c2412;--bad:#f59a9a;
--bad-band:#321717;--code:#141b22}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:3.5rem}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.wide{max-width:70rem;margin:0 auto;padding:0 1.25rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:9}
header{background:var(--band);border-bottom:1px solid var(--rule);padding:2.2rem 0 1.4rem}
h1{font-size:clamp(1.6rem,4vw,2.3rem);line-height:1.2;margin:0 0 .5rem;letter-spacing:-.01em}
.lead{font-size:1.1rem;max-width:46rem;margin:0 0 .6rem}.made{color:var(--muted);font-size:.85rem;margin:0}
nav{background:var(--paper);border-bottom:1px solid var(--rule);z-index:5}
@media (min-width:60rem){nav{position:sticky;top:0}}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;margin:0;padding:.55rem 0}
a{color:var(--accent)}nav a{text-decoration:none;font-size:.92rem}nav a:hover{text-decoration:underline}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
main{padding-bottom:4rem}
h2{font-size:1.55rem;margin:2.6rem 0 .8rem;padding-top:.4rem;line-height:1.25}
main>section+section>h2{border-top:1px solid var(--rule);padding-top:2rem}
h3{font-size:1.2rem;margin:2rem 0 .6rem}h4{font-size:1.02rem;margin:1.5rem 0 .4rem}
p{max-width:46rem;margin:.5rem 0 .9rem}
.judged{display:flex;gap:.9rem;border-radius:.6rem;padding:.8rem 1rem;margin:.8rem 0;border-left:.35rem solid}
.judged p{margin:.15rem 0 0;max-width:60rem}.judged .sign{font-weight:700;font-size:1.3rem;line-height:1.4}
.good{background:var(--good-band);border-color:var(--good)}.good .sign,.good strong{color:var(--good)}
.open{background:var(--open-band);border-color:var(--open)}.open .sign,.open strong{color:var(--open)}
.bad{background:var(--bad-band);border-color:var(--bad)}.bad .sign,.bad strong{color:var(--bad)}
figure{margin:1.2rem 0 1.8rem;background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:1rem}
figure svg{display:block;width:100%;min-width:44rem;height:auto;
font-family:"DejaVu Sans",Verdana,system-ui,sans-serif}
figcaption{color:var(--muted);font-size:.9rem;margin:.6rem 0 .3rem;max-width:56rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;margin:.4rem 0 1rem;min-width:min(100%,30rem)}
caption{text-align:left;color:var(--muted);padding-bottom:.35rem}
caption span{display:inline-block;max-width:min(100%,calc(100vw - 3rem))}
th,td{text-align:left;padding:.32rem .9rem .32rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
thead th{color:var(--muted);font-weight:600}tbody th{font-weight:500}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td{overflow-wrap:anywhere}
.matrix{width:min(96vw,110rem);margin-left:calc(50% - min(48vw,55rem))}
.matrix .about{color:var(--muted);font-size:.9rem;margin-bottom:.3rem}
.matrix .switch{display:inline-block;font-size:.9rem;padding:.2rem 0 .5rem;cursor:pointer}
.matrix .scroll{max-height:85vh;overflow:auto;border:1px solid var(--rule);border-radius:.6rem}
.matrix table{margin:0;font-size:.8rem;border-collapse:separate;border-spacing:0}
.matrix th,.matrix td{padding:.25rem .4rem;border-bottom:1px solid var(--rule)}
.matrix thead th{position:sticky;top:0;background:var(--card);z-index:2;vertical-align:bottom}
.matrix thead th span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
.matrix tbody th,.matrix thead th:first-child{position:sticky;left:0;background:var(--card);z-index:1}
.matrix tbody th{white-space:nowrap;border-right:1px solid var(--rule)}.matrix thead th:first-child{z-index:3}
.matrix td{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;border-left:0}
.matrix td b{font-weight:500}.matrix td small{display:block;color:var(--muted);font-size:.72rem}
.matrix td .sign{font-size:.72rem;margin-left:.2rem}
.matrix td.good{background:none}.matrix td.good .sign{color:var(--good)}
.matrix td.bad b{font-weight:700}.matrix td.faint b{color:var(--muted);font-style:italic;font-weight:400}
.matrix:has(.switch input:checked) td:not(.bad)>*{opacity:.3}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--accent);font-size:.92rem}
section>details{border:1px solid var(--rule);border-radius:.6rem;padding:.6rem 1rem;background:var(--card)}
pre{background:var(--code);border:1px solid var(--rule);border-radius:.6rem;padding:.8rem 1rem;overflow-x:auto;
font-size:.86rem;line-height:1.5}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (max-width:40rem){.wide{padding:0 .9rem}figure{padding:.6rem}h2{font-size:1.35rem}}
@media print{.switch{display:none}.matrix .scroll{max-height:none}}
@media print{nav,.skip{display:none}body{background:#fff}figure,.judged{break-inside:avoid}figure svg{min-width:0}}
"""
