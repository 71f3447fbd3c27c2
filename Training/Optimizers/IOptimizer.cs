using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Optimizers;

/// <summary>Turns gradients into new weights. Its whole state is <see cref="State"/> and <see cref="Steps"/>: with both restored it goes on bit for bit.</summary>
public interface IOptimizer
{
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Live buffers, to be saved to and restored from a checkpoint; names are unique within the optimiser.</summary>
    IReadOnlyList<Tensor> State { get; }

    /// <summary>Steps made so far.</summary>
    long Steps { get; set; }

    /// <summary>One update from the parameters' gradients, which are left as they are.</summary>
    /// <param name="scale">The schedule's factor on the optimiser's own learning rate.</param>
    void Step(double scale);
}
