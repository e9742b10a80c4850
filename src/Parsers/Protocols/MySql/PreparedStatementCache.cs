// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// The statements prepared on one connection, by the server's id. Bounded in count and in bytes of text: when full,
/// the statement prepared longest ago goes, and its executions show no text. An id that is given out again has the
/// new text.
/// </summary>
internal sealed class PreparedStatementCache(ParseLimits limits)
{
    private static readonly Dictionary<uint, PreparedStatement> s_none = []; // these two stay so: many connections never prepare
    private static readonly Queue<(uint Id, long Generation)> s_noOrder = [];
    private Dictionary<uint, PreparedStatement> _byId = s_none;
    private Queue<(uint Id, long Generation)> _order = s_noOrder;
    private long _textBytes;
    private long _generation;

    public int Count => _byId.Count;

    /// <summary>UTF-16 bytes of the texts held.</summary>
    public long TextBytes => _textBytes;

    /// <summary>Rises whenever commands were missed: what executions bound before is not known to hold any more.</summary>
    public int Epoch { get; private set; }

    /// <summary>Commands were missed.</summary>
    public void ForgetBindings() => Epoch++;

    /// <summary>A statement was prepared; <paramref name="parameters"/>: how many, null when that is not known.</summary>
    public void Add(uint id, string? text, long textMissing, int? parameters = null)
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

        if (_byId == s_none)
        {
            (_byId, _order) = ([], []);
        }

        _byId[id] = new PreparedStatement(text, textMissing, parameters, ++_generation);
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
        text = statement?.Text;
        textMissing = statement?.TextMissing ?? 0;
        return found;
    }

    /// <summary>The statement; null when it is not known.</summary>
    public PreparedStatement? Find(uint id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// The statement, made without a text when its PREPARE was not seen; null when there is no room: one without a text drives
    /// out none that has one.
    /// </summary>
    public PreparedStatement? FindOrAdd(uint id)
    {
        if (!_byId.TryGetValue(id, out var statement) && _byId.Count < limits.MaxPreparedStatements)
        {
            Add(id, null, 0);
            statement = Find(id);
        }

        return statement;
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
}
