# SPDX-License-Identifier: Apache-2.0
# A database server for the tests from a root that has its programs (scripts/containers makes it with debootstrap).
ARG ROOT
FROM ${ROOT}
COPY entrypoint.sh /entrypoint.sh
EXPOSE 3306
ENTRYPOINT ["/entrypoint.sh"]
