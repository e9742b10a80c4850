// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Texts of the statements prepared on one connection, by the server's id. Bounded in count and in bytes: when full,
/// the statement prepared longest ago goes, and its executions show no text. An id that is given out again has the
/// new text.
/// </summary>
internal sealed class PreparedStatementCache(ParseLimits limits)
{
    private readonly Dictionary<uint, PreparedStatement> _byId = [];
    private readonly Queue<(uint Id, long Generation)> _order = [];
    private long _textBytes;
    private long _generation;

    public int Count => _byId.Count;

    /// <summary>UTF-16 bytes of the texts held.</summary>
    public long TextBytes => _textBytes;

    public void Add(uint id, string? text, long textMissing)
    {
        Remove(id);
        var size = SizeOf(text);
        if (limits.MaxPreparedStatements <= 0 || size > limits.MaxPreparedText)
        {
            return;
        }

        while (_order.Count > 0 &&
               (_byId.Count >= limits.MaxPreparedStatements || _textBytes + size > limits.MaxPreparedText))
        {
            DropOldest();
        }

        _byId[id] = new PreparedStatement(text, textMissing, ++_generation);
        _order.Enqueue((id, _generation));
        _textBytes += size;
        if (_order.Count > 2 * limits.MaxPreparedStatements)
        {
            Compact();
        }
    }

    public bool TryGet(uint id, out string? text, out long textMissing)
    {
        var found = _byId.TryGetValue(id, out var statement);
        text = statement.Text;
        textMissing = statement.TextMissing;
        return found;
    }

    public void Remove(uint id)
    {
        if (_byId.Remove(id, out var statement))
        {
            _textBytes -= SizeOf(statement.Text);
        }
    }

    public void Clear()
    {
        _byId.Clear();
        _order.Clear();
        _textBytes = 0;
    }

    private static long SizeOf(string? text) => 2L * (text?.Length ?? 0);

    // Closed statements leave their entry in the queue; it counts only while its generation is the living one.
    private void DropOldest()
    {
        var (id, generation) = _order.Dequeue();
        if (_byId.TryGetValue(id, out var statement) && statement.Generation == generation)
        {
            Remove(id);
        }
    }

    private void Compact()
    {
        for (var i = _order.Count; i > 0; i--)
        {
            var entry = _order.Dequeue();
            if (_byId.TryGetValue(entry.Id, out var statement) && statement.Generation == entry.Generation)
            {
                _order.Enqueue(entry);
            }
        }
    }

    private readonly record struct PreparedStatement(string? Text, long TextMissing, long Generation);
}
