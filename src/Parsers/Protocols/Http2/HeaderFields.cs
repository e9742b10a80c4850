// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using L7Trace.Parsers.Protocols.Http2.Hpack;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// The fields of one message, in order: pseudo-header fields (RFC 9113, section 8.3) and headers. As many as
/// fit into a number of bytes; the others are counted. Reused.
/// </summary>
internal sealed class HeaderFields(int maxSize)
{
    private readonly List<HpackEntry> _fields = [];

    /// <summary>What is kept.</summary>
    public IReadOnlyList<HpackEntry> All => _fields;

    /// <summary>The same, to be gone through at no cost; valid until it changes.</summary>
    public ReadOnlySpan<HpackEntry> Span => CollectionsMarshal.AsSpan(_fields);

    /// <summary>Size of what is kept, as RFC 7541 counts it.</summary>
    public long Size { get; private set; }

    /// <summary>Fields that were left out because they were too many.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Some of what is kept is not known whole: it has a mark.</summary>
    public bool HasMarks { get; private set; }

    /// <summary>Adds a field.</summary>
    public void Add(HpackEntry field)
    {
        if (Size + field.Size > maxSize)
        {
            LeftOut++;
            return;
        }

        Size += field.Size;
        HasMarks |= field.Mark is not null;
        _fields.Add(field);
    }

    /// <summary>Adds a field that came another way; nothing when its value is null.</summary>
    public void Add(string name, string? value)
    {
        if (value is not null)
        {
            Add(new HpackEntry(name, value, HpackEntry.Overhead + name.Length + value.Length, name.Length));
        }
    }

    /// <summary>Adds all of a block.</summary>
    public void AddRange(HeaderFields block)
    {
        if (Size + block.Size <= maxSize)
        {
            Size += block.Size;
            HasMarks |= block.HasMarks;
            _fields.AddRange(block.Span);
        }
        else
        {
            foreach (var field in block.Span)
            {
                Add(field);
            }
        }

        LeftOut += block.LeftOut;
    }

    /// <summary>
    /// True when these can be a request's: pseudo-header fields stand first, trailers have none (RFC 9113, section 8.3).
    /// </summary>
    public bool MayBeRequest() =>
        _fields.Find(static f => f.Name is not null)?.Name is ":method" or ":path" or ":scheme" or ":authority" or ":protocol";

    /// <summary>The same for a response's: its status is known, or is a field whose name is not.</summary>
    public bool MayBeResponse() => _fields.Exists(static f => f.Name is null or ":status");

    /// <summary>The value of the first field of that name; null without one, and when it is not known.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var field in Span)
            {
                if (field.Name == name)
                {
                    return field.Value;
                }
            }

            return null;
        }
    }

    /// <summary>The number in ":status"; null when there is none, or it is not known.</summary>
    public int? Status =>
        int.TryParse(this[":status"], NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _fields.Clear();
        HasMarks = false;
        Size = 0;
        LeftOut = 0;
    }
}
