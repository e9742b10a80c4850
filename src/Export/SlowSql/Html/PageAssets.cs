// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;

namespace L7Trace.Export.SlowSql.Html;

/// <summary>Style and script of the page, and the policy that lets the browser run these and nothing else.</summary>
internal static class PageAssets
{
    public const string Style = """
        :root{--bg:#fbfbfa;--fg:#1d1f21;--dim:#63676b;--line:#dcdedf;--card:#fff;--bar:#4a7fb5;--soft:#c9dcee;--bad:#c0392b;--p50:#4a7fb5;--p95:#d08a1d;--p99:#b3423a;--mark:#fff3cd}
        @media(prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#15181b;--fg:#e4e6e8;--dim:#9aa0a6;--line:#33383d;--card:#1d2125;--bar:#6ea4d8;--soft:#2c435a;--bad:#e5766b;--p50:#6ea4d8;--p95:#e0a94a;--p99:#e5766b;--mark:#4a4020}}
        :root[data-theme=dark]{--bg:#15181b;--fg:#e4e6e8;--dim:#9aa0a6;--line:#33383d;--card:#1d2125;--bar:#6ea4d8;--soft:#2c435a;--bad:#e5766b;--p50:#6ea4d8;--p95:#e0a94a;--p99:#e5766b;--mark:#4a4020}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.45 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main,header,footer{max-width:1280px;margin:0 auto;padding:0 20px}
        header{display:flex;align-items:baseline;gap:16px;padding-top:18px;flex-wrap:wrap}
        h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}
        .dim{color:var(--dim)}.bad{color:var(--bad)}
        .grow{flex:1}
        button{font:inherit;color:inherit;background:none;border:1px solid var(--line);border-radius:6px;padding:2px 10px;cursor:pointer}
        th button{border:0;padding:0;font-weight:600}
        button:focus-visible,a:focus-visible,summary:focus-visible,input:focus-visible{outline:2px solid var(--bar);outline-offset:2px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(125px,1fr));gap:10px;margin:16px 0}
        .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
        .card b{display:block;font-size:20px;font-weight:600}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:8px 0}
        dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:10px}
        figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
        figcaption{color:var(--dim);margin-bottom:4px}
        svg{display:block;width:100%;height:auto}
        svg text{fill:var(--dim);font-size:11px}
        .axis{stroke:var(--line);stroke-width:1;fill:none}
        .bar{fill:var(--bar)}.soft{fill:var(--soft)}.err{fill:var(--bad)}
        .line{fill:none;stroke-width:1.6;stroke-linejoin:round}
        .p50{stroke:var(--p50)}.p95{stroke:var(--p95)}.p99{stroke:var(--p99)}
        .k50{fill:var(--p50)}.k95{fill:var(--p95)}.k99{fill:var(--p99)}
        .wide{overflow-x:auto;margin:12px 0;background:var(--card);border:1px solid var(--line);border-radius:8px}
        table{border-collapse:collapse;width:100%}
        th,td{padding:5px 9px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
        tbody tr:last-child td{border-bottom:0}
        th{position:sticky;top:0;background:var(--card);font-weight:600;color:var(--dim)}
        th.t,td.t{text-align:left}
        td.sql{max-width:320px;overflow:hidden;text-overflow:ellipsis;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px}
        th[aria-sort=descending] button:after{content:" \2193"}th[aria-sort=ascending] button:after{content:" \2191"}
        .share{width:120px}.trend{width:110px}
        a{color:inherit}
        tr.hide{display:none}
        details{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:8px 0}
        details:target{box-shadow:0 0 0 2px var(--bar)}
        summary{cursor:pointer;padding:8px 12px;overflow-wrap:anywhere}
        .body{padding:0 12px 12px}
        .two{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:14px;align-items:start}
        pre{margin:8px 0;padding:10px;background:var(--bg);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}
        code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px}
        .copy{user-select:all}
        .tools{display:flex;gap:10px;align-items:center;margin:8px 0}
        input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:3px 8px;width:280px}
        footer{color:var(--dim);padding:24px 20px}
        @media print{header button,.tools{display:none}details{break-inside:avoid}}
        """;

    public const string Script = """
        'use strict';
        (() => {
          const root = document.documentElement;
          document.getElementById('theme').addEventListener('click', () => {
            const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
            root.dataset.theme = dark ? 'light' : 'dark';
          });
          const table = document.getElementById('ranking');
          if (table) {
            const body = table.tBodies[0];
            table.tHead.querySelectorAll('button').forEach(button => button.addEventListener('click', () => {
              const head = button.parentElement, column = head.cellIndex;
              const text = head.classList.contains('t');
              const was = head.getAttribute('aria-sort');
              const down = was ? was !== 'descending' : !text && column !== 0;
              table.tHead.querySelectorAll('th').forEach(other => other.removeAttribute('aria-sort'));
              head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
              const key = row => text ? row.cells[column].textContent : Number(row.cells[column].dataset.v);
              const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
              [...body.rows].sort((a, b) => (down ? -1 : 1) * order(key(a), key(b))).forEach(row => body.append(row));
            }));
            document.getElementById('filter').addEventListener('input', event => {
              const word = event.target.value.toLowerCase();
              for (const row of body.rows) row.classList.toggle('hide', !row.textContent.toLowerCase().includes(word));
            });
          }
          const open = () => {
            const target = document.getElementById(location.hash.slice(1));
            if (target && target.tagName === 'DETAILS') { target.open = true; target.scrollIntoView(); }
          };
          addEventListener('hashchange', open);
          open();
          const all = document.getElementById('all');
          if (all) all.addEventListener('click', () => {
            const list = [...document.querySelectorAll('details')];
            const show = list.some(entry => !entry.open);
            list.forEach(entry => { entry.open = show; });
          });
        })();
        """;

    /// <summary>Content-Security-Policy: nothing is fetched, and only the style and script above count.</summary>
    public static string Policy =>
        $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; base-uri 'none'; form-action 'none'";

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
