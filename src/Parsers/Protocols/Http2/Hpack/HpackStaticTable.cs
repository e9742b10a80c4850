// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2.Hpack;

/// <summary>The static table of HPACK (RFC 7541, appendix A). Indexes begin at 1.</summary>
internal static class HpackStaticTable
{
    private static readonly HpackEntry[] s_entries = Make(
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
        (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
        (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
        ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
        ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
        ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""),
        ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
        ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
        ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
        ("www-authenticate", ""),
    ]);

    /// <summary>Number of entries; indexes beyond it are those of the dynamic table.</summary>
    public static int Count => s_entries.Length;

    /// <summary>The entry at an index from 1 to <see cref="Count"/>.</summary>
    public static HpackEntry At(int index) => s_entries[index - 1];

    private static HpackEntry[] Make((string Name, string Value)[] fields) =>
        [.. fields.Select(f => new HpackEntry(f.Name, f.Value, f.Name.Length + f.Value.Length + HpackEntry.Overhead, f.Name.Length))];
}
