// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf.Collections;
using L7Trace.Export.Otlp.Messages;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>Adds attributes; one without a value is left out.</summary>
internal static class SpanAttributes
{
    public static void Set(this RepeatedField<KeyValue> attributes, string name, string? value)
    {
        if (value is not null)
        {
            attributes.Add(new KeyValue { Key = name, Value = new AnyValue { StringValue = value } });
        }
    }

    public static void Set(this RepeatedField<KeyValue> attributes, string name, long? value)
    {
        if (value is { } number)
        {
            attributes.Add(new KeyValue { Key = name, Value = new AnyValue { IntValue = number } });
        }
    }

    public static void Set(this RepeatedField<KeyValue> attributes, string name, IEnumerable<string> values)
    {
        var list = new ArrayValue();
        list.Values.AddRange(values.Select(static value => new AnyValue { StringValue = value }));
        attributes.Add(new KeyValue { Key = name, Value = new AnyValue { ArrayValue = list } });
    }
}
