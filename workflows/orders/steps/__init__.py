"""Running a step with side effects: rounds, retries, stuck steps, compensation."""
