// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class LoaderCacheTests
{
    [Fact]
    public void The_paths_of_a_cache_file_are_found_whatever_stands_around_them()
    {
        var cache = Encoding.Latin1.GetBytes(
            "glibc-ld.so.cache1.1\0\u0001\u0002/\0libssl.so.3\0/usr/lib/libssl.so.3\0libm.so.6\0/lib/libm.so.6\0" +
            "/opt/libssl.so.3/readme\0/usr/lib/libssl.so.1.1");
        Assert.Equal(
            ["/usr/lib/libssl.so.3", "/usr/lib/libssl.so.1.1"], LoaderCache.PathsIn(cache, ["libssl.so", "libgnutls.so"]));
    }

    [Fact]
    public void A_cut_or_missing_cache_has_none() => Assert.Empty(LoaderCache.PathsIn(default, ["libssl.so"]));
}
