//! The style sheet.

/// What the classes of the element look like. Every rule is scoped to `.tg`.
pub const STYLE: &str = r#"
.tg{--bg:#f6f7f9;--box:#fff;--line:#d9dee6;--row:#eef0f4;--text:#1b2430;--soft:#5c6878;--faint:#98a2b1;--edge:#8793a5;--key:#c48a06;--link:#5b7bb5;--accent:#e5484d;--halo:#f6f7f9;--tint:.10;--frame:.045;
font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","DejaVu Sans",Arial,sans-serif;font-size:12px}
@media (prefers-color-scheme:dark){.tg{--bg:#0f141b;--box:#18202a;--line:#303b49;--row:#232d39;--text:#e6ebf2;--soft:#9aa7b8;--faint:#6a7789;--edge:#66758a;--key:#e0b04a;--link:#86a6e0;--accent:#ff7a7e;--halo:#0f141b;--tint:.30;--frame:.07}}
.light .tg{--bg:#f6f7f9;--box:#fff;--line:#d9dee6;--row:#eef0f4;--text:#1b2430;--soft:#5c6878;--faint:#98a2b1;--edge:#8793a5;--key:#c48a06;--link:#5b7bb5;--accent:#e5484d;--halo:#f6f7f9;--tint:.10;--frame:.045}
.dark .tg{--bg:#0f141b;--box:#18202a;--line:#303b49;--row:#232d39;--text:#e6ebf2;--soft:#9aa7b8;--faint:#6a7789;--edge:#66758a;--key:#e0b04a;--link:#86a6e0;--accent:#ff7a7e;--halo:#0f141b;--tint:.30;--frame:.07}
.tg .h0{--hue:#3b6fd4}.tg .h1{--hue:#12907c}.tg .h2{--hue:#b4570e}.tg .h3{--hue:#7a4fd0}.tg .h4{--hue:#c2306e}
.tg .h5{--hue:#4d7c0f}.tg .h6{--hue:#0b7fab}.tg .h7{--hue:#a16207}.tg .h8{--hue:#9333a8}.tg .h9{--hue:#57657a}
.tg .bg{fill:var(--bg)}
.tg text{fill:var(--text);white-space:pre}
.tg .f rect{fill:var(--hue);fill-opacity:var(--frame);stroke:var(--hue);stroke-opacity:.35}
.tg .f text{font-size:15px;font-weight:650;fill:var(--hue)}
.tg .f text{fill:color-mix(in srgb,var(--hue) 75%,var(--text))}
.tg .b{fill:var(--box);stroke:var(--line)}
.tg .s{fill:#0b1526;opacity:.07}
.tg .hd{fill:var(--hue)}
.tg .hd+text{fill:#fff;font-size:13px;font-weight:650}
.tg .v .hd{fill:var(--hue);fill-opacity:var(--tint)}
.tg .v .hd+text{fill:var(--text)}
.tg .v .b{stroke-dasharray:4 3}
.tg .bd{fill:none;stroke:#fff;stroke-opacity:.9;stroke-width:1.3}
.tg .v .bd{stroke:var(--soft)}
.tg .rl{stroke:var(--row);fill:none}
.tg .r{fill:transparent}
.tg .c .y{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:11px;fill:var(--soft);text-anchor:end}
.tg .pk .n{font-weight:650}
.tg .o{fill:var(--faint);stroke:var(--faint)}
.tg .o.u{fill:none}
.tg .m{fill:var(--faint);font-style:italic}
.tg .ik{fill:none;stroke:var(--key);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.tg .il{fill:none;stroke:var(--link);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.tg .iu{fill:none;stroke:var(--soft);stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}
.tg .e path{fill:none;stroke:var(--edge);stroke-width:1.4;stroke-linejoin:round}
.tg .e .k{fill:var(--halo)}
.tg .virtual .l{stroke-dasharray:6 4}
.tg .reads path{stroke-dasharray:2 4;stroke-linecap:round;stroke:var(--faint)}
.tg .inherits .l{stroke-dasharray:8 3}
.tg .e:hover path{stroke:var(--accent);stroke-width:2}
.tg .t:hover .b{stroke:var(--hue)}
.tg .c:hover .r{fill:var(--hue);fill-opacity:.08}
.tg .lg text{fill:var(--faint);font-size:11px}
.tg .dim{opacity:.16}
.tg .e.hot path{stroke:var(--accent);stroke-width:2.2}
.tg .t.hot .b{stroke:var(--accent);stroke-width:2}
.tg .c.hot .r{fill:var(--accent);fill-opacity:.14}
@media print{.tg{--bg:#fff;--halo:#fff}}
"#;
