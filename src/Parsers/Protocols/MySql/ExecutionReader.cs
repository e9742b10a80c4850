// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Reads what COM_STMT_EXECUTE binds. Only what is proven is given: the number of parameters is the PREPARE's or the
/// packet's, the types are in the packet or were sent before, and the values end where the payload ends. Where the
/// PREPARE was not seen, the one number of parameters at which all of that holds is the proof; when several would do,
/// or none, nothing is given. MySQL source documentation, "COM_STMT_EXECUTE".
/// </summary>
internal static class ExecutionReader
{
    private const int ParametersAt = 5; // behind the flags and the iteration count
    private const byte CountAvailable = 8;
    private const int MaxGuessed = 256;

    /// <summary>
    /// The parameters, or null. <paramref name="bytes"/> begin with the flags; <paramref name="isCut"/> says that more
    /// followed them; <paramref name="attributes"/>: CLIENT_QUERY_ATTRIBUTES was negotiated, null when that was not seen.
    /// What the statement remembers for the next execution is changed.
    /// </summary>
    public static MySqlParameters? Read(byte[] bytes, bool isCut, bool? attributes, PreparedStatement statement, int epoch)
    {
        var longData = statement.TakeLongData(epoch);
        var search = new Search(bytes, isCut, statement, statement.TypesIn(epoch), longData);
        if (bytes.Length > ParametersAt && longData is not { IsUnsure: true })
        {
            var countSent = (bytes[0] & CountAvailable) != 0 && attributes != false;
            if (countSent || attributes != false)
            {
                search.TryNamed();
            }

            if (!countSent)
            {
                search.TryUnnamed();
            }
        }
        else if (bytes.Length == ParametersAt && !isCut)
        {
            return null; // nothing is bound, and what was bound before stays
        }

        var found = search.Found;
        statement.SetTypes(found?.Types, epoch);
        if (found is not { } proven)
        {
            return null;
        }

        var layout = proven.Layout;
        if (!layout.Named)
        {
            statement.Parameters ??= layout.Count;
        }

        return new MySqlParameters(bytes, layout, proven.Types, longData, statement.Parameters ?? FirstNamed(proven.Types));
    }

    private static int FirstNamed(ParameterTypes types)
    {
        var index = 0;
        while (index < types.Count && types.NameOf(index) is null)
        {
            index++;
        }

        return index;
    }

    private ref struct Search(
        ReadOnlySpan<byte> bytes, bool isCut, PreparedStatement statement, ParameterTypes? last, LongData? longData)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private ParameterLayout _layout;
        private ParameterTypes? _types;
        private bool _several;

        public readonly (ParameterLayout Layout, ParameterTypes Types)? Found =>
            _types is not null && !_several ? (_layout, _types) : null;

        /// <summary>With the number of parameters in front and a name behind each type.</summary>
        public void TryNamed()
        {
            var reader = new PayloadReader(_bytes[ParametersAt..]);
            if (reader.TryReadLengthEncoded(out var count) && count <= ParameterLayout.MaxCount &&
                (int)count >= (statement.Parameters ?? 0))
            {
                Try((int)count, _bytes.Length - reader.Rest.Length, named: true);
            }
        }

        /// <summary>The classic form: the PREPARE has told how many there are.</summary>
        public void TryUnnamed()
        {
            if (statement.Parameters is { } known)
            {
                Try(known, ParametersAt, named: false);
                return;
            }

            for (var count = 1; count <= MaxGuessed && !isCut && !_several; count++)
            {
                var boundAt = ParametersAt + ((count + 7) / 8);
                if (boundAt >= _bytes.Length)
                {
                    break;
                }

                if (_bytes[boundAt] == 1 && HasNoStrayNull(count))
                {
                    Try(count, ParametersAt, named: false);
                }
            }
        }

        // Bits of the bitmap behind the last parameter are zero.
        private readonly bool HasNoStrayNull(int count) =>
            count % 8 == 0 || _bytes[ParametersAt + (count / 8)] >> (count % 8) == 0;

        private void Try(int count, int at, bool named)
        {
            if (!ParameterLayout.TryFind(_bytes, at, count, named, out var layout))
            {
                return;
            }

            var types = layout.HasTypes
                ? ParameterTypes.Of(_bytes.Slice(layout.TypesAt, layout.TypesLength), count, named, last)
                : last;
            if (types is null || !layout.Fits(_bytes, types, longData, isCut))
            {
                return;
            }

            _several = _types is not null;
            (_layout, _types) = (layout, types);
        }
    }
}
