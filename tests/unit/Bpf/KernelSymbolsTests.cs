// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class KernelSymbolsTests
{
    [Theory]
    [InlineData("ffffffff82a0 D page_offset_base\nffffffff82a8 D vmemmap_base\n", 0xffffffff82a0, 0xffffffff82a8)]
    [InlineData("10 D vmemmap_base\n18 D my_page_offset_base\n20 D page_offset_base\t[module]\n28 d page_offset_base\n", 0x28, 0x10)]
    [InlineData("0000000000000000 D page_offset_base\n0000000000000000 D vmemmap_base\n", 0, 0)] // what those see who may not
    [InlineData("nonsense page_offset_base\nzz D vmemmap_base\n\npage_offset_base\n", 0, 0)]
    public void Two_names_are_found(string text, ulong memory, ulong array)
    {
        using var lines = new StringReader(text);

        Assert.Equal((memory, array), KernelSymbols.Find(lines, "page_offset_base", "vmemmap_base"));
    }
}
