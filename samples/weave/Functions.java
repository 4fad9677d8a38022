// SPDX-License-Identifier: GPL-2.0-only
package weave;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions that have probes, by the numbers that the probes carry. */
public final class Functions {
    private Functions() {}

    private static final List<Function> all = new ArrayList<>();
    private static final Map<String, Integer> numbers = new HashMap<>();

    static synchronized int number(String className, String name, String[] parameters, boolean truth) {
        return numbers.computeIfAbsent(className + "." + name + "/" + parameters.length, k -> {
            all.add(new Function(all.size(), className, name, parameters, truth, KernelSource.fileOf(className, name)));
            return all.size() - 1;
        });
    }

    public static Function get(int number) {
        return all.get(number);
    }
}
