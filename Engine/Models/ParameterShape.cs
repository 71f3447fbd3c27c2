namespace SoundSearch.Engine.Models;

/// <summary>Name and shape of one parameter. Those not trained (running statistics) get no gradient and no optimiser step.</summary>
public sealed record ParameterShape(string Name, int[] Shape, bool Trained = true)
{
    /// <summary>Large, and inference wants it in another form: <see cref="ParameterSet.LoadForInference"/> leaves it in the file.</summary>
    internal bool Deferred { get; init; }

    /// <summary>Number of values.</summary>
    public int Count => Shape.Aggregate(1, (product, d) => checked(product * d));

    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";
}
