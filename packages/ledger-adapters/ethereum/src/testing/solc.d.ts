declare module 'solc' {
  const solc: {
    /** Compiles a Standard JSON input to a Standard JSON output. */
    compile(input: string): string
  }
  export default solc
}
