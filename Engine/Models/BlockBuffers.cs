namespace SoundSearch.Engine.Models;

/// <summary>
/// What one block computes for a batch, rows = batch * tokens. For training every slice is its own; for inference
/// the residual stream is updated in place and all blocks share the rest.
/// </summary>
public sealed class BlockBuffers
{
    public required Memory<float> Input { get; init; }          // [rows, width] residual stream at entry
    public required Memory<float> Normal1 { get; init; }        // [rows, width] after ln_1
    public required Memory<float> Mean1 { get; init; }          // [rows]
    public required Memory<float> Rstd1 { get; init; }          // [rows]
    public required Memory<float> Qkv { get; init; }            // [rows, 3 width]
    public required Memory<float> Probabilities { get; init; }  // [batch, heads, tokens, tokens]; inference: nothing
    public required Memory<float> Attended { get; init; }       // [rows, width]
    public required Memory<float> Middle { get; init; }         // [rows, width] residual stream after attention
    public required Memory<float> Normal2 { get; init; }        // [rows, width] after ln_2
    public required Memory<float> Mean2 { get; init; }          // [rows]
    public required Memory<float> Rstd2 { get; init; }          // [rows]
    public required Memory<float> Hidden { get; init; }         // [rows, hidden] before the activation
    public required Memory<float> Activated { get; init; }      // [rows, hidden] after it
    public required Memory<float> Output { get; init; }         // [rows, width] residual stream at exit

    internal static BlockBuffers ForTraining(Arena arena, TransformerShape s, int batch, int tokens, Memory<float> input, Memory<float> output)
    {
        int rows = batch * tokens;
        return new BlockBuffers
        {
            Input = input,
            Normal1 = arena.Take(rows, s.Width),
            Mean1 = arena.Take(rows),
            Rstd1 = arena.Take(rows),
            Qkv = arena.Take(rows, 3 * s.Width),
            Probabilities = arena.Take(batch, s.Heads, tokens, tokens),
            Attended = arena.Take(rows, s.Width),
            Middle = arena.Take(rows, s.Width),
            Normal2 = arena.Take(rows, s.Width),
            Mean2 = arena.Take(rows),
            Rstd2 = arena.Take(rows),
            Hidden = arena.Take(rows, s.Hidden),
            Activated = arena.Take(rows, s.Hidden),
            Output = output,
        };
    }

    internal static BlockBuffers ForInference(Arena arena, TransformerShape s, int batch, int tokens, Memory<float> stream)
    {
        int rows = batch * tokens;
        Memory<float> normal = arena.Take(rows, s.Width);
        Memory<float> wide = arena.Take(rows, Math.Max(s.Hidden, 3 * s.Width)); // q, k, v, then the MLP's hidden layer
        Memory<float> mean = arena.Take(rows), rstd = arena.Take(rows);
        return new BlockBuffers
        {
            Input = stream,
            Normal1 = normal,
            Mean1 = mean,
            Rstd1 = rstd,
            Qkv = wide,
            Probabilities = default,
            Attended = normal,
            Middle = stream,
            Normal2 = normal,
            Mean2 = mean,
            Rstd2 = rstd,
            Hidden = wide,
            Activated = wide,
            Output = stream,
        };
    }
}
