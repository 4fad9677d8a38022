// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** An argument or a result of a system call, as a script writes it. */
public sealed interface Value {
    /** {@code ...}: whatever suits. */
    record Any() implements Value {
        @Override
        public String toString() {
            return "...";
        }
    }

    /** {@code 3}, {@code -1}, {@code 0x2}. */
    record Number(long value, String text) implements Value {
        @Override
        public String toString() {
            return text;
        }
    }

    /** {@code SOL_SOCKET}. */
    record Symbol(String name) implements Value {
        @Override
        public String toString() {
            return name;
        }
    }

    /** {@code "cubic"}. */
    record Text(String text) implements Value {
        @Override
        public String toString() {
            return "\"" + text + "\"";
        }
    }

    /** {@code O_RDWR|O_NONBLOCK}. */
    record Or(Value left, Value right) implements Value {
        @Override
        public String toString() {
            return left + "|" + right;
        }
    }

    /** {@code [1, 2]}. */
    record Array(List<Value> items) implements Value {
        @Override
        public String toString() {
            return items.stream().map(Value::toString).collect(Collectors.joining(", ", "[", "]"));
        }
    }

    /** {@code {onoff=1, linger=0}}: members with names, and some without ({@code {..., 1000}}). */
    record Struct(Map<String, Value> members, List<Value> items) implements Value {
        @Override
        public String toString() {
            return "{" + items.stream().map(Value::toString).collect(Collectors.joining(", "))
                    + members.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(", ")) + "}";
        }
    }
}
