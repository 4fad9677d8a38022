// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.util.List;

/**
 * One instruction of a task: {@code send s 100 more}.
 *
 * @param line of the scenario file, counted from 1
 * @param word what is to be done
 * @param args the words behind it; {@link ScenarioParser} has checked them
 */
public record Instruction(int line, String word, List<String> args) {
    public Instruction {
        args = List.copyOf(args);
    }

    public String arg(int i) {
        return args.get(i);
    }

    public int number(int i) {
        return Integer.parseInt(args.get(i));
    }

    /** The arguments from number {@code i} on. */
    public List<String> from(int i) {
        return args.subList(i, args.size());
    }

    @Override
    public String toString() {
        return args.isEmpty() ? word : word + " " + String.join(" ", args);
    }
}
