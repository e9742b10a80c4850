# SPDX-License-Identifier: Apache-2.0
# Stands for mcr.microsoft.com/dotnet/aspnet where no image can be pulled: the machine's own runtime on a Debian root.
ARG ROOT
FROM ${ROOT}
COPY host /usr/share/dotnet/host
COPY shared /usr/share/dotnet/shared
COPY dotnet /usr/share/dotnet/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 ASPNETCORE_URLS=
