// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What is known of one statement that was prepared on a connection, or only executed while we looked.</summary>
internal sealed class PreparedStatement(string? text, long textMissing, int? parameters, long generation)
{
    private ParameterTypes? _types;
    private LongData? _longData;
    private int _epoch;

    /// <summary>Its text; null when its PREPARE was not seen.</summary>
    public string? Text { get; } = text;

    public long TextMissing { get; } = textMissing;

    /// <summary>Number of its parameters: the server's word, or what the shape of an execution has proven.</summary>
    public int? Parameters { get; set; } = parameters;

    /// <summary>Tells this statement from an earlier one with the same id.</summary>
    public long Generation { get; } = generation;

    /// <summary>Types that the client sent last; null when they are not known in this epoch.</summary>
    public ParameterTypes? TypesIn(int epoch) => _epoch == epoch ? _types : null;

    /// <summary>The types hold until the client sends others or something was missed, which begins a new epoch.</summary>
    public void SetTypes(ParameterTypes? types, int epoch)
    {
        Enter(epoch);
        _types = types;
    }

    /// <summary>A chunk of long data for the next execution.</summary>
    public void AppendLongData(int parameter, ReadOnlySpan<byte> chunk, long length, int limit, int epoch)
    {
        Enter(epoch);
        (_longData ??= new LongData()).Append(parameter, chunk, length, limit);
    }

    /// <summary>The long data for this execution, null when there is none; it is gone with this.</summary>
    public LongData? TakeLongData(int epoch)
    {
        var data = _epoch == epoch ? _longData : null;
        _longData = null;
        return data;
    }

    private void Enter(int epoch)
    {
        if (_epoch != epoch)
        {
            _epoch = epoch;
            _types = null;
            _longData = null;
        }
    }
}
