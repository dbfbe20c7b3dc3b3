"""“Our site gets no offers”: from counts to the step at which events are lost, the likely cause, and its mend."""
