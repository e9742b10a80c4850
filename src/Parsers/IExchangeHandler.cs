// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers;

/// <summary>Receives exchanges from the engine, on the engine's thread.</summary>
public interface IExchangeHandler
{
    /// <summary>One exchange is finished (or known to stay unfinished). The handler owns it from now on.</summary>
    void OnExchange(Exchange exchange);
}
