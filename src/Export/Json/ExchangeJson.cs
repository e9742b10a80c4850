// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>The fields of an exchange behind the head of its record, as <see cref="ExchangeFields"/> lists them. A field that is not known is not written.</summary>
internal sealed class ExchangeJson(FieldContext context)
{
    public void Write(JsonLine json, Exchange exchange, long now)
    {
        context.Now = now;
        Write(json, CommonFields.All, exchange);
        switch (exchange)
        {
            case MySqlExchange:
                Write(json, MySqlFields.All, exchange);
                break;
            case HttpExchange:
                Write(json, HttpFields.All, exchange);
                break;
        }
    }

    private void Write(JsonLine json, ExchangeField[] fields, Exchange exchange)
    {
        foreach (var field in fields)
        {
            field.Write(json, context, exchange);
        }
    }
}
