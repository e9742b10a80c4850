// SPDX-License-Identifier: Apache-2.0
// The client in Java, MariaDB Connector/J: JavaClient HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public final class JavaClient {
    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    private JavaClient(Connection connection) {
        this.connection = connection;
    }

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:mariadb://" + arguments[0] + ":" + arguments[1] + "/" + arguments[4]
            + "?useServerPrepStmts=true&allowPublicKeyRetrieval=true&allowMultiQueries=true&user=" + arguments[2] + "&password=" + arguments[3];
        try (Connection connection = DriverManager.getConnection(url)) {
            JavaClient client = new JavaClient(connection);
            List<String> lines = Files.readAllLines(Path.of(arguments[5]));
            for (int i = 0; i < lines.size(); i++) {
                System.out.println(i + "\t" + client.step(lines.get(i).split("\t", -1)));
            }
        }
    }

    private String step(String[] fields) throws SQLException {
        String sql = unescape(fields[1]);
        try {
            if (fields[0].equals("text")) {
                try (Statement statement = connection.createStatement()) {
                    return results(statement, statement.execute(sql));
                }
            }

            PreparedStatement statement = prepared.get(sql);
            if (statement == null) {
                statement = connection.prepareStatement(sql);
                prepared.put(sql, statement);
            }

            for (int i = 2; i < fields.length; i++) {
                bind(statement, i - 1, unescape(fields[i]));
            }

            return results(statement, statement.execute());
        } catch (SQLException failure) {
            return "0\t-\t" + failure.getErrorCode() + "\t" + failure.getSQLState();
        }
    }

    private static String results(Statement statement, boolean isResultSet) throws SQLException {
        long rows = 0;
        String affected = "-";
        while (true) {
            if (isResultSet) {
                try (ResultSet set = statement.getResultSet()) {
                    while (set.next()) {
                        rows++;
                    }
                }
            } else {
                long count = statement.getUpdateCount();
                if (count < 0) {
                    break;
                }

                affected = Long.toString(count);
            }

            isResultSet = statement.getMoreResults();
        }

        return rows + "\t" + (rows > 0 ? "-" : affected) + "\t0\t-";
    }

    private void bind(PreparedStatement statement, int place, String parameter) throws SQLException {
        String value = parameter.substring(2);
        switch (parameter.charAt(0)) {
            case 'n' -> statement.setNull(place, Types.VARCHAR);
            case 'i' -> statement.setLong(place, Long.parseLong(value));
            case 'u' -> statement.setObject(place, new BigInteger(value));
            case 'f' -> statement.setFloat(place, Float.parseFloat(value));
            case 'd' -> statement.setDouble(place, Double.parseDouble(value));
            case 'm' -> statement.setBigDecimal(place, new BigDecimal(value));
            case 'y' -> {
                // This driver sends a DATE with a time of zero, seven bytes: MySQL refuses that (ER_MALFORMED_PACKET).
                if (connection.getMetaData().getDatabaseProductName().equals("MariaDB")) {
                    statement.setDate(place, Date.valueOf(value));
                } else {
                    statement.setString(place, value);
                }
            }
            case 'b' -> statement.setBytes(place, hex(value));
            case 't' -> statement.setTimestamp(place, Timestamp.valueOf(value));
            default -> statement.setString(place, value);
        }
    }

    private static byte[] hex(String text) {
        byte[] bytes = new byte[text.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
        }

        return bytes;
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                c = switch (text.charAt(++i)) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case '0' -> '\0';
                    default -> '\\';
                };
            }

            out.append(c);
        }

        return out.toString();
    }
}
